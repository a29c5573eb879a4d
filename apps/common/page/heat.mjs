// Values in rows and columns as colours.

import { belowAxis, text, ticksAcross, uprightLabel, xAxis } from './axes.mjs';
import { fitted, html, svg, textWidth, uniqueId } from './elements.mjs';
import { numberText, place } from './numbers.mjs';
import { Panel } from './panel.mjs';
import { tipLine } from './stage.mjs';

const shades = 96;

/** Steps between the colours of the ends, given as "#rrggbb" at equal distances. */
export function colourAt(colours, share) {
  const at = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const below = Math.min(Math.floor(at), colours.length - 2);
  const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => {
    const from = part(colours[below], i);
    return Math.round(from + (at - below) * (part(colours[below + 1], i) - from));
  });
  return `rgb(${mixed.join(' ')})`;
}

function hatching(id) {
  return svg(
    'pattern',
    { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { class: 'hatch-ground', width: 6, height: 6 }),
    svg('line', { class: 'hatch-line', x1: 0, x2: 0, y1: 0, y2: 6 }),
  );
}

export class HeatView extends Panel {
  constructor() {
    super();
    this.hatch = uniqueId();
  }

  update(plot, caption) {
    super.update(plot, caption);
    this.edges = edgesOf(plot.columns);
  }

  shade(value) {
    return place(value, this.plot.range, this.plot.logarithmic);
  }

  draw(width) {
    this.width = width;
    const { plot } = this;
    const names = Math.min(120, Math.max(0, ...plot.rows.map((name) => textWidth(name))));
    const left = (plot.yLabel ? 24 : 4) + names + 8;
    const height = Math.min(420, Math.max(120, 24 * plot.rows.length));
    this.area = { left, top: 8, width: Math.max(60, width - left - 20), height };
    this.drawLegend(width);
    this.cell = svg('g', { class: 'cross' });
    this.stage.draw(
      width,
      this.area.top + height + belowAxis,
      svg('defs', {}, hatching(this.hatch)),
      ...this.drawCells(),
      ...this.drawNames(names),
      xAxis({ label: plot.xLabel, logarithmic: false }, { low: this.edges[0], high: this.edges.at(-1) }, this.area),
      uprightLabel(plot.yLabel, this.area),
      this.cell,
    );
    if (this.at) this.show(this.at);
  }

  across(x) {
    return this.area.left + this.area.width * place(x, { low: this.edges[0], high: this.edges.at(-1) }, false);
  }

  topOf(row) {
    return this.area.top + (this.area.height * row) / this.plot.rows.length;
  }

  /** One path for each shade: many cells, few elements. */
  drawCells() {
    const paths = new Map();
    const { plot } = this;
    const fill = (value) => {
      const share = this.shade(value);
      return Number.isNaN(share) ? `url(#${this.hatch})` : Math.round(Math.min(Math.max(share, 0), 1) * shades);
    };
    const xs = this.edges.map((x) => Math.round(this.across(x) * 10) / 10);
    plot.values.forEach((values, row) => {
      const top = Math.round(this.topOf(row));
      const bottom = Math.round(this.topOf(row + 1));
      for (let column = 0; column < values.length; ++column) {
        const shade = fill(values[column]);
        let end = column + 1;
        while (end < values.length && fill(values[end]) === shade) ++end;
        paths.set(shade, `${paths.get(shade) ?? ''}M${xs[column]} ${top}H${xs[end]}V${bottom}H${xs[column]}Z`);
        column = end - 1;
      }
    });
    return [...paths].map(([shade, d]) =>
      svg('path', {
        class: 'cells',
        d,
        fill: typeof shade === 'number' ? colourAt(plot.colours, shade / shades) : shade,
      }),
    );
  }

  drawNames(room) {
    const { plot, area } = this;
    const height = area.height / plot.rows.length;
    const every = Math.max(1, Math.ceil(14 / height));
    return plot.rows
      .map((name, row) => [name, row])
      .filter(([, row]) => row % every === 0)
      .map(([name, row]) =>
        text(area.left - 8, this.topOf(row) + height / 2 + 4, fitted(name, room + 1), { 'text-anchor': 'end' }),
      );
  }

  drawLegend(width) {
    const { plot } = this;
    const length = Math.min(260, width - 40);
    const left = 10;
    const stops = plot.colours.map((colour, i) =>
      svg('stop', { offset: i / (plot.colours.length - 1), 'stop-color': colour }),
    );
    const gradient = uniqueId();
    const bar = svg(
      'svg',
      { width: length + 2 * left, height: 32, 'aria-hidden': 'true' },
      svg('linearGradient', { id: gradient }, ...stops),
      svg('rect', { x: left, y: 2, width: length, height: 10, fill: `url(#${gradient})` }),
    );
    for (const tick of ticksAcross(plot.range, plot.logarithmic, 4, length)) {
      const x = left + length * this.shade(tick.value);
      bar.append(svg('line', { class: 'axis', x1: x, x2: x, y1: 12, y2: 16 }), text(x, 28, tick.label, { 'text-anchor': 'middle' }));
    }
    const parts = [html('span', { class: 'legend-name' }, plot.valueLabel), bar];
    if (plot.values.some((row) => row.some((value) => Number.isNaN(this.shade(value))))) {
      const id = uniqueId();
      parts.push(
        html(
          'span',
          { class: 'legend-name' },
          svg('svg', { class: 'swatch', width: 16, height: 12, 'aria-hidden': 'true' }, hatching(id), svg('rect', { width: 16, height: 12, fill: `url(#${id})` })),
          plot.logarithmic ? 'not finite, or not above 0' : 'not finite',
        ),
      );
    }
    this.legend.replaceChildren(...parts);
  }

  pick(x, y) {
    const { left, top, width, height } = this.area;
    if (x < left || x >= left + width || y < top || y >= top + height) return false;
    const row = Math.floor(((y - top) / height) * this.plot.rows.length);
    const column = this.edges.findIndex((edge) => this.across(edge) > x) - 1;
    if (!(this.plot.values[row]?.length > column)) return false;
    this.show({ row, column });
    return true;
  }

  step(key) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const ends = { Home: 0, End: Infinity };
    if (!(key in moves) && !(key in ends)) return false;
    const { row, column } = this.at ?? { row: 0, column: 0 };
    const [down, right] = this.at && key in moves ? moves[key] : [0, 0];
    const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
    this.show({
      row: within(row + down, this.plot.rows.length),
      column: within(key in ends ? ends[key] : column + right, this.plot.columns.length),
    });
    return true;
  }

  show(at) {
    this.at = at;
    this.cell?.replaceChildren();
    const value = at && this.plot.values[at.row]?.[at.column];
    if (value === undefined) {
      this.stage.hideTip();
      return;
    }
    const left = this.across(this.edges[at.column]);
    const right = this.across(this.edges[at.column + 1]);
    const top = this.topOf(at.row);
    const outline = { x: left, y: top, width: right - left, height: this.topOf(at.row + 1) - top };
    this.cell.append(svg('rect', { class: 'cell-halo', ...outline }), svg('rect', { class: 'cell', ...outline }));
    const share = this.shade(value);
    const colour = Number.isNaN(share) ? undefined : colourAt(this.plot.colours, share);
    const rowName = `${this.plot.yLabel} ${this.plot.rows[at.row]}`.trim();
    this.stage.showTip(
      right,
      Math.max(0, top - 8),
      html('div', { class: 'tip-head' }, `${this.plot.xLabel} ${numberText(this.plot.columns[at.column])}`),
      tipLine(rowName, numberText(value), { colour, kind: 'sample' }),
    );
  }

  table() {
    const { plot } = this;
    return {
      columns: [plot.xLabel, ...plot.rows.map((name) => `${plot.yLabel} ${name}`.trim())],
      rows: plot.columns.map((x, column) => [numberText(x), ...plot.values.map((row) => numberText(row[column]))]),
    };
  }
}

/** Where cells begin and end: half-way to their neighbours. */
export function edgesOf(columns) {
  if (columns.length === 0) return [0, 1];
  if (columns.length === 1) return [columns[0] - 0.5, columns[0] + 0.5];
  const edges = [columns[0] - (columns[1] - columns[0]) / 2];
  for (let i = 1; i < columns.length; ++i) edges.push((columns[i - 1] + columns[i]) / 2);
  edges.push(columns.at(-1) + (columns.at(-1) - columns.at(-2)) / 2);
  return edges;
}

