// The norms of the gradients in each layer's weights, of both networks.

import { figure, names, superscript } from '../format.js';
import { rule, write } from './surface.js';

const margin = { left: 44, right: 16, top: 14, bottom: 24 };
const offset = 0.09;  // of a layer's width, so that equal values do not hide each other

function decades(networks) {
  const all = networks.flat().map((layer) => layer.gradientNorm).filter((norm) => norm > 0 && Number.isFinite(norm));
  if (all.length === 0) return [-3, 0];
  const low = Math.floor(Math.log10(Math.min(...all))), high = Math.ceil(Math.log10(Math.max(...all)) + 1e-9);
  return [Math.min(low, high - 2), high];
}

export function drawGradients(networks) {
  return (context, width, height, palette) => {
    const box = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
    const [low, high] = decades(networks);
    const y = (norm) => box.bottom - (box.bottom - box.top) * (Math.log10(norm) - low) / (high - low);
    const every = Math.ceil((high - low) / 6);
    for (let power = low; power <= high; power += every) {
      const at = y(10 ** power);
      rule(context, box.left, at, box.right, at, palette.line);
      write(context, `10${superscript(power)}`, box.left - 8, at, { colour: palette.soft, align: 'right' });
    }
    const count = networks[0].length, column = (box.right - box.left) / Math.max(1, count);
    for (let i = 0; i < count; ++i)
      write(context, column > 50 ? `layer ${i + 1}` : String(i + 1), box.left + column * (i + 0.5), box.bottom + 14,
            { colour: palette.soft, align: 'center' });
    networks.forEach((layers, network) => {
      const place = (i) => box.left + column * (i + 0.5 + (network === 0 ? -offset : offset));
      context.strokeStyle = context.fillStyle = palette.networks[network];
      context.lineWidth = 1.5;
      context.beginPath();
      let pen = false;
      layers.forEach(({ gradientNorm: norm }, i) => {
        const known = norm > 0 && Number.isFinite(norm);
        if (known) pen ? context.lineTo(place(i), y(norm)) : context.moveTo(place(i), y(norm));
        pen = known;
      });
      context.globalAlpha = 0.45;
      context.stroke();
      context.globalAlpha = 1;
      layers.forEach(({ gradientNorm: norm }, i) => {
        if (norm > 0 && Number.isFinite(norm)) {
          context.fillStyle = palette.networks[network];
          context.beginPath();
          context.arc(place(i), y(norm), 5, 0, 2 * Math.PI);
          context.fill();
        } else {
          const at = norm === 0 ? box.bottom - 8 : box.top + 8;
          write(context, norm === 0 ? '0' : 'NaN', place(i), at + 13 * network * (norm === 0 ? -1 : 1),
                { colour: palette.words[network], size: 10.5, align: 'center', weight: 600 });
        }
      });
    });
  };
}

export function describeGradients(networks) {
  return networks
    .map((layers, network) => `${names[network]}: ${layers.map((layer) => figure(layer.gradientNorm)).join(', ')}`)
    .join('; ');
}
