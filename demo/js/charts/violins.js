// The activations of each hidden layer: a histogram on its side, mirrored, for each of them.

import { figure, short } from '../format.js';
import { rule, write } from './surface.js';

const margin = { left: 26, right: 2, top: 16, bottom: 36 };

function drawShape(context, histogram, centre, half, y) {
  const most = Math.max(...histogram);
  if (!(most > 0)) return;
  const bins = histogram.length;
  const widths = Array.from(histogram, (share) => Math.max(share > 0 ? 0.75 : 0, half * share / most));
  context.beginPath();
  context.moveTo(centre - widths[0], y(0));
  for (let i = 0; i < bins; ++i) context.lineTo(centre - widths[i], y((i + 0.5) / bins));
  context.lineTo(centre - widths[bins - 1], y(1));
  context.lineTo(centre + widths[bins - 1], y(1));
  for (let i = bins - 1; i >= 0; --i) context.lineTo(centre + widths[i], y((i + 0.5) / bins));
  context.lineTo(centre + widths[0], y(0));
  context.closePath();
  context.fill();
}

function drawScale(context, box, layers, palette) {
  const { low, high } = layers.find((layer) => layer.high > layer.low) ?? { low: -1, high: 1 };
  const bounded = high === 1;
  const marks = low < 0 ? [[0, '−1'], [0.5, '0'], [1, '1']] : bounded ? [[0, '0'], [0.5, '½'], [1, '1']] : [[0, '0']];
  for (const [share, text] of marks) {
    const y = box.y(share);
    rule(context, box.left, y, box.right, y, palette.line);
    write(context, text, box.left - 6, y, { colour: palette.soft, align: 'right' });
  }
  return bounded;
}

/** layers: those of the network but the last, which has no activation. */
export function drawLayers(layers, network) {
  return (context, width, height, palette) => {
    const box = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
    box.y = (share) => box.bottom - (box.bottom - box.top) * share;
    const bounded = drawScale(context, box, layers, palette);
    const column = (box.right - box.left) / Math.max(1, layers.length);
    const small = column < 34 ? 9.5 : 11;
    layers.forEach((layer, i) => {
      const centre = box.left + column * (i + 0.5);
      const finite = layer.high > layer.low;
      if (finite) {
        context.fillStyle = palette.networks[network];
        drawShape(context, layer.histogram, centre, Math.min(26, 0.44 * column), box.y);
        if (!bounded)
          write(context, short(layer.high), centre, box.top - 9, { colour: palette.soft, size: small - 1, align: 'center' });
      } else {
        rule(context, centre, box.top, centre, box.bottom, palette.words[network], [2, 3]);
      }
      if (layers.length <= 12 || i % 2 === 0)
        write(context, finite ? short(layer.deviation) : 'NaN', centre, box.bottom + 12,
              { colour: palette.ink, size: small, align: 'center', weight: 560 });
      write(context, String(i + 1), centre, box.bottom + 28, { colour: palette.soft, size: small, align: 'center' });
    });
    if (layers.length === 0)
      write(context, 'no hidden layer', width / 2, height / 2, { colour: palette.soft, align: 'center' });
  };
}

export function describeLayers(layers) {
  if (layers.length === 0) return 'there is no hidden layer';
  const words = layers.map((layer, i) => `layer ${i + 1} ${layer.high > layer.low ? figure(layer.deviation) : 'not finite'}`);
  return `standard deviation of ${words.join(', ')}`;
}
