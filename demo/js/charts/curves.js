// The curves over the steps of a training: accuracy and loss.

import { names, superscript, thousands } from '../format.js';
import { rule, write } from './surface.js';

const margin = { left: 40, right: 12, top: 26, bottom: 24 };

/** The first round number of steps that is not below these. */
function roundSteps(steps) {
  for (let power = 100; ; power *= 10)
    for (const factor of [1, 2, 5])
      if (steps <= power * factor) return power * factor;
}

function plotBox(width, height) {
  return { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
}

function drawSteps(context, box, last, palette) {
  const x = (step) => box.left + (box.right - box.left) * step / last;
  const parts = box.right - box.left > 300 ? 5 : 2;
  for (let i = 0; i <= parts; ++i) {
    const step = last * i / parts;
    write(context, thousands(step), x(step), box.bottom + 14,
          { colour: palette.soft, align: i === 0 ? 'left' : i === parts ? 'right' : 'center' });
  }
  return x;
}

function drawLegend(context, box, palette) {
  let right = box.right;
  for (const network of [1, 0]) {
    write(context, names[network], right, 9, { colour: palette.words[network], align: 'right', weight: 600 });
    right -= context.measureText(names[network]).width + 7;
    context.fillStyle = palette.networks[network];
    context.beginPath();
    context.roundRect(right - 14, 7.5, 14, 3, 1.5);
    context.fill();
    right -= 30;
  }
}

function stroke(context, points, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = context.lineCap = 'round';
  context.beginPath();
  let pen = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) {
      pen = false;
      continue;
    }
    pen ? context.lineTo(x, y) : context.moveTo(x, y);
    pen = true;
  }
  context.stroke();
}

function drawEnd(context, points, colour, ground) {
  const last = points.findLast(([, y]) => Number.isFinite(y));
  if (!last || last !== points.at(-1)) return;
  context.fillStyle = colour;
  context.strokeStyle = ground;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(last[0], last[1], 4.5, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

/** Where networks have diverged: a line at that step, and the words. */
function drawDivergence(context, box, x, history, palette) {
  history.divergedAt.forEach((step, network) => {
    if (step === 0) return;
    const at = x(step), y = box.top + 9 + 16 * network;
    rule(context, at, box.top, at, box.bottom, palette.networks[network], [3, 3]);
    const text = `${names[network]} diverged at step ${thousands(step)}`;
    const left = at + 6 + context.measureText(text).width < box.right;
    write(context, text, left ? at + 6 : at - 6, y,
          { colour: palette.words[network], align: left ? 'left' : 'right', weight: 560 });
  });
}

export function drawAccuracy(history) {
  return (context, width, height, palette) => {
    const box = plotBox(width, height);
    const x = drawSteps(context, box, roundSteps(history.steps), palette);
    const y = (share) => box.bottom - (box.bottom - box.top) * share;
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      rule(context, box.left, y(share), box.right, y(share), share === 0 ? palette.soft : palette.line);
      write(context, `${100 * share} %`, box.left - 7, y(share), { colour: palette.soft, align: 'right' });
    }
    drawDivergence(context, box, x, history, palette);
    for (const network of [0, 1]) {
      const points = history.accuracies.map(({ step, values }) => [x(step), y(values[network])]);
      stroke(context, points, palette.networks[network], 2.25);
      drawEnd(context, points, palette.networks[network], palette.card);
    }
    drawLegend(context, box, palette);
  };
}

const steps = [1, 2, 5, 10];

/** The round number, 1, 2 or 5 times a power of ten, next below a value or next above it. */
function round(value, above) {
  const power = 10 ** Math.floor(Math.log10(value));
  const share = value / power;
  return power * (above ? steps.find((step) => step >= share * 0.999) : steps.findLast((step) => step <= share * 1.001));
}

/** What the axis of losses covers: all of their running means, but no more than twelve decades. */
function rangeOfLosses(history) {
  let low = 1, high = 3;
  for (const mean of history.means)
    for (const value of mean)
      if (Number.isFinite(value) && value > 0) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  return [Math.max(round(low, false), round(high, true) * 1e-12), round(high, true)];
}

/** Where the axis is labelled: at 1, 2 and 5 where it is short, else at powers of ten. */
function marksOf(low, high) {
  const decades = Math.log10(high / low);
  const every = Math.max(1, Math.ceil(decades / 6));
  const marks = [];
  for (let power = Math.floor(Math.log10(low) + 1e-9); power <= Math.log10(high) + 1e-9; power += decades > 2 ? every : 1)
    for (const step of decades > 2 ? [1] : [1, 2, 5]) marks.push(step * 10 ** power);
  return marks.filter((mark) => mark >= low * 0.999 && mark <= high * 1.001);
}

/** Of every column of pixels, the lowest and the highest of the values that fall there. */
function envelope(values, x, y) {
  const columns = new Map();
  values.forEach((value, i) => {
    if (!(value > 0) || !Number.isFinite(value)) return;
    const column = Math.round(x(i + 1)), at = y(value);
    const seen = columns.get(column);
    columns.set(column, seen ? [Math.min(seen[0], at), Math.max(seen[1], at)] : [at, at]);
  });
  return columns;
}

function thinned(values, x, y) {
  const every = Math.max(1, Math.floor(values.length / 600));
  const points = [];
  for (let i = 0; i < values.length; i += every) points.push([x(i + 1), y(values[i])]);
  if (values.length > 0) points.push([x(values.length), y(values.at(-1))]);
  return points;
}

function label(mark) {
  const power = Math.round(Math.log10(mark));
  return power >= -3 && power <= 3 ? String(Number(mark.toPrecision(1))) : `10${superscript(power)}`;
}

export function drawLoss(history) {
  return (context, width, height, palette) => {
    const box = plotBox(width, height);
    const x = drawSteps(context, box, roundSteps(history.steps), palette);
    const [low, high] = rangeOfLosses(history);
    const y = (loss) => (loss > 0 ? box.bottom - (box.bottom - box.top) * Math.log10(loss / low) / Math.log10(high / low) : NaN);
    for (const mark of marksOf(low, high)) {
      rule(context, box.left, y(mark), box.right, y(mark), palette.line);
      write(context, label(mark), box.left - 7, y(mark), { colour: palette.soft, align: 'right' });
    }
    rule(context, box.left, box.bottom, box.right, box.bottom, palette.soft);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.clip();
    for (const network of [0, 1]) {
      context.fillStyle = palette.networks[network];
      context.globalAlpha = 0.3;
      for (const [column, [top, bottom]] of envelope(history.losses[network], x, y))
        context.fillRect(column - 0.5, top - 0.5, 1, bottom - top + 1);
    }
    context.restore();
    drawDivergence(context, box, x, history, palette);
    for (const network of [0, 1]) {
      const points = thinned(history.means[network], x, y);
      stroke(context, points, palette.networks[network], 2.25);
      drawEnd(context, points, palette.networks[network], palette.card);
    }
    drawLegend(context, box, palette);
  };
}
