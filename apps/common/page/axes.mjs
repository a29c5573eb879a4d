// The frame that curves and maps are drawn in.

import { fitted, labelSize, svg, textWidth, tickSize } from './elements.mjs';
import { place, ticks } from './numbers.mjs';

/** As many ticks, of at most `count`, as have room for their labels beside each other. */
export function ticksAcross(range, logarithmic, count, room, size = tickSize) {
  for (let wanted = count; wanted > 1; --wanted) {
    const made = ticks(range, logarithmic, wanted);
    const widest = Math.max(0, ...made.map(({ label }) => textWidth(label, size)));
    if (made.length * (widest + 12) <= room * 1.1) return made;
  }
  return ticks(range, logarithmic, 1);
}

export function text(x, y, content, attributes = {}) {
  return svg('text', { x, y, ...attributes }, content);
}

/** An axis' label, upwards along the left edge. */
export function uprightLabel(label, area) {
  const middle = area.top + area.height / 2;
  return text(0, 0, fitted(label, area.height + 20, labelSize), {
    class: 'label',
    'text-anchor': 'middle',
    transform: `translate(${labelSize} ${middle}) rotate(-90)`,
  });
}

/** Ticks and the label below an area. */
export function xAxis(axis, range, area) {
  const bottom = area.top + area.height;
  const parts = [];
  for (const tick of ticksAcross(range, axis.logarithmic, 8, area.width)) {
    const x = area.left + area.width * place(tick.value, range, axis.logarithmic);
    parts.push(svg('line', { class: 'axis', x1: x, x2: x, y1: bottom, y2: bottom + 4 }));
    parts.push(text(x, bottom + 18, tick.label, { 'text-anchor': 'middle' }));
  }
  parts.push(
    text(area.left + area.width / 2, bottom + 38, fitted(axis.label, area.width, labelSize), {
      class: 'label',
      'text-anchor': 'middle',
    }),
  );
  return svg('g', {}, ...parts);
}

/** How much room is below an area for ticks and a label. */
export const belowAxis = 46;
