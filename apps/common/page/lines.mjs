// Curves over common axes.

import { belowAxis, text, ticksAcross, uprightLabel, xAxis } from './axes.mjs';
import { fitted, html, levels, pathThrough, runs, svg, textWidth, uniqueId } from './elements.mjs';
import { numberText, place, rangeOf, ticks } from './numbers.mjs';
import { Panel } from './panel.mjs';
import { tipLine } from './stage.mjs';

const wordsLine = 17;

export class LinesView extends Panel {
  /** `crossed(x)` is told where the reader looks, undefined for nowhere. */
  constructor({ crossed }) {
    super();
    this.hidden = new Set();
    this.crossed = crossed;
  }

  update(plot, caption) {
    super.update(plot, caption);
    const names = plot.lines.map((line) => line.name);
    if (this.names?.join('\n') !== names.join('\n')) this.drawLegend();
    this.names = names;
  }

  drawLegend() {
    const keys = this.plot.lines.filter((line) => line.name);
    this.legend.replaceChildren(
      ...keys.map((line) => {
        const swatch = svg(
          'svg',
          { class: 'swatch', width: 22, height: 10, 'aria-hidden': 'true' },
          svg('line', { class: `curve series${line.dashed ? ' dashed' : ''}`, '--colour': line.colour, x2: 22, y1: 5, y2: 5 }),
        );
        const shown = !this.hidden.has(line.name);
        const key = html('button', { type: 'button', 'aria-pressed': String(shown) }, swatch, line.name);
        key.addEventListener('click', () => {
          if (!this.hidden.delete(line.name)) this.hidden.add(line.name);
          key.setAttribute('aria-pressed', String(!this.hidden.has(line.name)));
          this.draw(this.width);
        });
        return key;
      }),
    );
  }

  visible() {
    return this.plot.lines.filter((line) => !this.hidden.has(line.name));
  }

  xsOf(line) {
    return this.plot.xs[line.xs];
  }

  measure(width) {
    const { plot } = this;
    const shown = this.visible();
    this.x = rangeOf(plot.x, plot.lines.flatMap((line) => this.xsOf(line)));
    this.y = rangeOf(plot.y, (shown.length > 0 ? shown : plot.lines).flatMap((line) => [...line.y, ...(line.low ?? []), ...(line.high ?? [])]));
    const height = Math.round(Math.min(340, Math.max(200, width * 0.52)));
    this.yTicks = ticks(this.y, plot.y.logarithmic, height > 240 ? 6 : 4);
    const left = 24 + Math.max(0, ...this.yTicks.map(({ label }) => textWidth(label))) + 8;
    this.area = { left, width: Math.max(60, width - left - 20), height };
    this.placeWords();
    this.area.top = 8 + this.wordLevels * wordsLine;
  }

  /** A value with as many digits as can be told apart in the plot. */
  shown(value) {
    if (typeof value !== 'number') return numberText(value);
    if (this.plot.y.logarithmic) return numberText(Number(value.toPrecision(4)));
    const digits = 4 - Math.floor(Math.log10(this.y.high - this.y.low));
    return numberText(Number(value.toFixed(Math.min(Math.max(digits, 0), 20))));
  }

  across(x) {
    return this.area.left + this.area.width * place(x, this.x, this.plot.x.logarithmic);
  }

  up(y) {
    return this.area.top + this.area.height * (1 - place(y, this.y, this.plot.y.logarithmic));
  }

  inside(x) {
    return Math.min(Math.max(x, this.area.left), this.area.left + this.area.width);
  }

  /** Words of marks and spans, in levels above the plot: from the right to the left, so that lines pass beside them. */
  placeWords() {
    const { left, width } = this.area;
    const middle = (span) => (this.inside(this.across(span.from)) + this.inside(this.across(span.to))) / 2;
    this.words = [
      ...this.plot.marks.map((mark) => ({ of: mark, at: this.inside(this.across(mark.x)) })),
      ...this.plot.spans.map((span) => ({ of: span, at: middle(span) })),
    ].filter(({ of }) => of.text);
    this.words.sort((one, other) => other.at - one.at);
    for (const one of this.words) {
      one.text = fitted(one.of.text, width);
      const length = textWidth(one.text);
      one.low = Math.max(left, Math.min(one.at - 4, left + width - length));
      one.high = one.low + length;
    }
    levels(this.words, 10).forEach((level, i) => (this.words[i].level = level));
    this.wordLevels = Math.max(0, ...this.words.map(({ level }) => level + 1));
  }

  draw(width) {
    this.width = width;
    this.measure(width);
    const { area, plot } = this;
    const clip = uniqueId();
    const marks = this.drawMarks();
    this.cross = svg('g', { class: 'cross' });
    this.stage.draw(
      width,
      area.top + area.height + belowAxis,
      svg(
        'clipPath',
        { id: clip },
        svg('rect', { x: area.left - 4, y: area.top - 4, width: area.width + 8, height: area.height + 8 }),
      ),
      ...this.drawSpans(),
      ...this.drawGrid(),
      xAxis(plot.x, this.x, area),
      uprightLabel(plot.y.label, area),
      svg(
        'g',
        { 'clip-path': `url(#${clip})` },
        ...this.visible().map((line) => this.drawBand(line)),
        ...this.visible().map((line) => this.drawLine(line)),
      ),
      ...marks,
      this.cross,
    );
    this.places = this.placesOfPoints();
    if (this.at !== undefined) this.show(this.at, { quiet: this.stage.tip.hidden });
  }

  drawGrid() {
    const { area } = this;
    const bottom = area.top + area.height;
    const right = area.left + area.width;
    const parts = [];
    for (const tick of ticksAcross(this.x, this.plot.x.logarithmic, 8, area.width)) {
      const x = this.across(tick.value);
      parts.push(svg('line', { class: 'grid', x1: x, x2: x, y1: area.top, y2: bottom }));
    }
    for (const tick of this.yTicks) {
      const y = this.up(tick.value);
      parts.push(svg('line', { class: 'grid', x1: area.left, x2: right, y1: y, y2: y }));
      parts.push(text(area.left - 8, y + 4, tick.label, { 'text-anchor': 'end' }));
    }
    parts.push(svg('path', { class: 'axis', d: `M${area.left} ${area.top}V${bottom}H${right}` }));
    return parts;
  }

  drawBand(line) {
    const group = svg('g', { class: 'series', '--colour': line.colour });
    if (!line.low) return group;
    const xs = this.xsOf(line).map((x) => this.across(x));
    // A bound without a place on a logarithmic scale is far below the plot.
    const bottom = this.area.top + this.area.height + 100;
    const low = line.low.map((y) => (typeof y === 'number' && Number.isNaN(this.up(y)) ? bottom : this.up(y)));
    const high = line.high.map((y) => this.up(y));
    for (const [begin, end] of runs(xs.length, (i) => Number.isFinite(xs[i] + low[i] + high[i]))) {
      if (end - begin === 1) {
        group.append(svg('line', { class: 'curve', x1: xs[begin], x2: xs[begin], y1: low[begin], y2: high[begin] }));
        continue;
      }
      const outline = [];
      for (let i = begin; i < end; ++i) outline.push([xs[i], low[i]]);
      for (let i = end - 1; i >= begin; --i) outline.push([xs[i], high[i]]);
      group.append(svg('path', { class: 'band', d: `${pathThrough(outline)}Z` }));
    }
    return group;
  }

  drawLine(line) {
    const xs = this.xsOf(line);
    const points = xs.map((x, i) => [this.across(x), this.up(line.y[i])]);
    const finite = (i) => Number.isFinite(points[i][0]) && Number.isFinite(points[i][1]);
    const group = svg('g', { class: `series${line.dashed ? ' dashed' : ''}`, '--colour': line.colour });
    if (!line.apart) group.append(svg('path', { class: 'curve', d: pathThrough(points) }));
    for (const [begin, end] of runs(points.length, finite))
      for (let i = begin; i < end; ++i)
        if (this.plot.dots || line.apart || end - begin === 1)
          group.append(svg('circle', { class: 'point', cx: points[i][0], cy: points[i][1], r: line.apart ? 1.5 : 3.5 }));
    return group;
  }

  baseline(level) {
    return this.area.top - 8 - level * wordsLine;
  }

  footOf(of) {
    const words = this.words.find((one) => one.of === of);
    return words ? this.baseline(words.level) + 3 : this.area.top;
  }

  drawMarks() {
    const bottom = this.area.top + this.area.height;
    const lines = this.plot.marks.map((mark) => {
      const x = this.inside(this.across(mark.x));
      return svg('line', { class: 'mark series', '--colour': mark.colour, x1: x, x2: x, y1: this.footOf(mark), y2: bottom });
    });
    const words = this.words.map((one) =>
      text(one.low, this.baseline(one.level), one.text, { class: 'words' }),
    );
    return [...lines, ...words];
  }

  drawSpans() {
    const { top, height } = this.area;
    return this.plot.spans.flatMap((span) => {
      const from = this.inside(this.across(span.from));
      const to = this.inside(this.across(span.to));
      const middle = (from + to) / 2;
      return [
        svg('rect', { class: 'span', x: from, y: top, width: Math.max(0, to - from), height }),
        svg('line', { class: 'axis', x1: middle, x2: middle, y1: this.footOf(span), y2: top }),
      ];
    });
  }

  /** Where curves have points, ascending. */
  placesOfPoints() {
    const all = new Set(this.visible().flatMap((line) => this.xsOf(line)).filter((x) => Number.isFinite(this.across(x))));
    return [...all].sort((one, other) => one - other);
  }

  pick(x, y) {
    const { left, width } = this.area;
    if (x < left - 20 || x > left + width + 20 || y < 0) return false;
    let nearest;
    for (const at of this.places)
      if (nearest === undefined || Math.abs(this.across(at) - x) < Math.abs(this.across(nearest) - x)) nearest = at;
    this.show(nearest);
    this.crossed(nearest);
    return nearest !== undefined;
  }

  step(key) {
    const { places } = this;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (!(key in moves) || places.length === 0) return false;
    const at = this.at === undefined ? (moves[key] > 0 ? -1 : places.length) : places.findIndex((x) => x >= this.at);
    const next = places[Math.min(Math.max(at + moves[key], 0), places.length - 1)];
    this.show(next);
    this.crossed(next);
    return true;
  }

  /** The value of a line at x, between its points on the straight line through them. */
  valueAt(line, x) {
    const xs = this.xsOf(line);
    const exact = xs.indexOf(x);
    if (exact >= 0) return { value: line.y[exact], low: line.low?.[exact], high: line.high?.[exact] };
    const after = xs.findIndex((other) => other > x);
    if (after <= 0) return undefined;
    const share = (x - xs[after - 1]) / (xs[after] - xs[after - 1]);
    const value = line.y[after - 1] + share * (line.y[after] - line.y[after - 1]);
    return Number.isFinite(value) ? { value: Number(value.toPrecision(4)), between: true } : undefined;
  }

  /** Shows the values at x, or none where it is undefined; quietly, without the box, where another panel is pointed at. */
  show(x, { quiet = false } = {}) {
    const before = this.at;
    this.at = x;
    this.cross?.replaceChildren();
    if (x === undefined) {
      this.stage.hideTip();
      if (before !== undefined && !quiet) this.crossed(undefined);
      return;
    }
    const at = this.across(x);
    if (!Number.isFinite(at)) return;
    const bottom = this.area.top + this.area.height;
    this.cross.append(svg('line', { x1: at, x2: at, y1: this.area.top, y2: bottom }));
    const rows = [];
    for (const line of this.visible()) {
      const found = this.valueAt(line, x);
      if (!found) continue;
      const y = this.up(found.value);
      if (y >= this.area.top - 1 && y <= bottom + 1)
        this.cross.append(svg('circle', { class: 'point series', '--colour': line.colour, cx: at, cy: y, r: 4 }));
      const detail = found.low === undefined ? undefined : `${this.shown(found.low)} to ${this.shown(found.high)}`;
      rows.push(
        tipLine(line.name || this.plot.y.label, (found.between ? '≈ ' : '') + this.shown(found.value), {
          colour: line.colour,
          detail,
        }),
      );
    }
    if (quiet) this.stage.hideTip();
    else
      // In a narrow drawing the box would hide the curves.
      this.stage.showTip(at, this.width < 440 ? undefined : this.area.top + 8, html('div', { class: 'tip-head' }, `${this.plot.x.label} ${numberText(x)}`), ...rows);
  }

  /** The values as a table: its columns, and its rows one by one. */
  table() {
    const columns = [this.plot.x.label];
    const cells = [];
    for (const line of this.plot.lines) {
      const name = line.name || this.plot.y.label;
      const xs = this.xsOf(line);
      const indexOf = new Map(xs.map((x, i) => [x, i]));
      const column = (values) => (x) => (indexOf.has(x) ? numberText(values[indexOf.get(x)]) : '');
      columns.push(name);
      cells.push(column(line.y));
      if (!line.low) continue;
      columns.push(`${name}, low`, `${name}, high`);
      cells.push(column(line.low), column(line.high));
    }
    const xs = [...new Set(this.plot.xs.flat())].filter((x) => typeof x === 'number').sort((one, other) => one - other);
    return { columns, rows: xs.map((x) => [numberText(x), ...cells.map((cell) => cell(x))]) };
  }
}
