// Elements of HTML and SVG, and texts that are measured and set beside each other.

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('--')) element.style.setProperty(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** An HTML element; attributes that begin with "--" are CSS properties, children that are strings are text. */
export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

let used = 0;

/** An id that no other element has. */
export function uniqueId() {
  used += 1;
  return `p${used}`;
}

export const tickSize = 12;
export const labelSize = 13;

let pen;

/** How many pixels a text takes in the plots' font. */
export function textWidth(text, size = tickSize) {
  pen ??= document.createElement('canvas').getContext('2d');
  pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

/** The text, or as much of its beginning as has room, with an ellipsis. */
export function fitted(text, room, size = tickSize) {
  if (textWidth(text, size) <= room) return text;
  const characters = [...text];
  while (characters.length > 0) {
    characters.pop();
    const shorter = `${characters.join('').trimEnd()}…`;
    if (textWidth(shorter, size) <= room) return shorter;
  }
  return '…';
}

/** For each stretch {low, high} of a line the lowest level on which it touches none of those before it. */
export function levels(stretches, gap) {
  const placed = [];
  for (const stretch of stretches) {
    let level = 0;
    const touches = (other, i) =>
      placed[i] === level && other.low < stretch.high + gap && stretch.low < other.high + gap;
    while (stretches.slice(0, placed.length).some(touches)) level += 1;
    placed.push(level);
  }
  return placed;
}

const round = (value) => Math.round(value * 10) / 10;

/** A path through points [x, y] that is broken where one is not finite. */
export function pathThrough(points) {
  let path = '';
  let drawing = false;
  for (const [x, y] of points) {
    const finite = Number.isFinite(x) && Number.isFinite(y);
    if (finite) path += `${drawing ? 'L' : 'M'}${round(x)} ${round(y)}`;
    drawing = finite;
  }
  return path;
}

/** Runs of neighbours of which `holds` is true, as [first, one after the last]. */
export function runs(length, holds) {
  const found = [];
  for (let begin = 0; begin < length; ++begin) {
    let end = begin;
    while (end < length && holds(end)) ++end;
    if (end > begin) found.push([begin, end]);
    begin = end;
  }
  return found;
}
