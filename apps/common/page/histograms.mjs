// Histograms side by side, in as many lines as they need.

import { text, ticksAcross } from './axes.mjs';
import { fitted, html, labelSize, svg, textWidth } from './elements.mjs';
import { compactText, numberText, place, ticks } from './numbers.mjs';
import { Panel } from './panel.mjs';
import { tipLine } from './stage.mjs';

const barsHeight = 92;
const above = 40;
const below = 30;
const smallSize = 11;

export class HistogramsView extends Panel {
  update(plot, caption) {
    super.update(plot, caption);
    const highest = plot.histograms.map(({ counts }) => Math.max(0, ...counts) || 1);
    this.highest = plot.common ? highest.map(() => Math.max(...highest)) : highest;
  }

  ticksOf(number) {
    return ticks({ low: 0, high: this.highest[number] }, false, 3).map(({ value }) => ({ value, label: compactText(value) }));
  }

  draw(width) {
    this.width = width;
    const { plot } = this;
    const count = plot.histograms.length;
    const labels = Math.max(0, ...plot.histograms.flatMap((_, i) => this.ticksOf(i).map(({ label }) => textWidth(label, smallSize))));
    const left = 22;
    const gap = 18;
    const lead = labels + 6;
    const most = Math.max(1, Math.min(6, Math.floor((width - left + gap) / (lead + 118 + gap))));
    const lines = Math.max(1, Math.ceil(count / most));
    this.inLine = Math.max(1, Math.ceil(count / lines));
    const cell = (width - left + gap - 8) / this.inLine;
    const barsWidth = Math.min(240, cell - lead - gap);
    this.areas = plot.histograms.map((_, i) => ({
      left: left + (i % this.inLine) * cell + lead,
      top: Math.floor(i / this.inLine) * (above + barsHeight + below) + above,
      width: barsWidth,
      height: barsHeight,
    }));
    const height = lines * (above + barsHeight + below);
    this.cross = svg('g', { class: 'cross' });
    this.stage.draw(
      width,
      height + 24,
      ...plot.histograms.map((_, i) => this.drawOne(i)),
      text(left + (width - left) / 2, height + 14, fitted(plot.xLabel, width - left, labelSize), { class: 'label', 'text-anchor': 'middle' }),
      text(0, 0, fitted(plot.yLabel, height, labelSize), {
        class: 'label',
        'text-anchor': 'middle',
        transform: `translate(${labelSize} ${height / 2}) rotate(-90)`,
      }),
      this.cross,
    );
    if (this.at) this.show(this.at);
  }

  drawOne(number) {
    const { title, caption, counts } = this.plot.histograms[number];
    const area = this.areas[number];
    const bottom = area.top + area.height;
    const right = area.left + area.width;
    const middle = area.left + area.width / 2;
    const parts = [
      text(middle, area.top - 24, fitted(title, area.width + 16, labelSize), { class: 'label strong', 'text-anchor': 'middle' }),
      text(middle, area.top - 9, fitted(caption, area.width + 20, smallSize), { class: 'small', 'text-anchor': 'middle' }),
    ];
    for (const tick of this.ticksOf(number)) {
      const y = bottom - (area.height * tick.value) / this.highest[number];
      parts.push(svg('line', { class: 'grid', x1: area.left, x2: right, y1: y, y2: y }));
      parts.push(text(area.left - 5, y + 4, tick.label, { class: 'small', 'text-anchor': 'end' }));
    }
    let outline = `M${area.left} ${bottom}`;
    counts.forEach((value, bin) => {
      // A bar that would be too low to be seen is a pixel high.
      const bar = value > 0 ? Math.max((area.height * value) / this.highest[number], 1) : 0;
      outline += `V${(bottom - bar).toFixed(1)}H${(area.left + (area.width * (bin + 1)) / counts.length).toFixed(1)}`;
    });
    parts.push(svg('path', { class: 'bars series', '--colour': this.plot.colour, d: `${outline}V${bottom}Z` }));
    parts.push(svg('line', { class: 'axis', x1: area.left, x2: right, y1: bottom, y2: bottom }));
    for (const tick of ticksAcross(this.plot.range, false, 3, area.width, smallSize)) {
      const x = area.left + area.width * place(tick.value, this.plot.range, false);
      parts.push(svg('line', { class: 'axis', x1: x, x2: x, y1: bottom, y2: bottom + 4 }));
      parts.push(text(x, bottom + 16, tick.label, { class: 'small', 'text-anchor': 'middle' }));
    }
    return svg('g', {}, ...parts);
  }

  pick(x, y) {
    const number = this.areas.findIndex(
      (area) => x >= area.left - 4 && x <= area.left + area.width + 4 && y >= area.top - above && y <= area.top + area.height + below,
    );
    const bins = this.plot.histograms[number]?.counts.length ?? 0;
    if (bins === 0) return false;
    const area = this.areas[number];
    const bin = Math.floor((bins * (x - area.left)) / area.width);
    this.show({ number, bin: Math.min(Math.max(bin, 0), bins - 1) });
    return true;
  }

  step(key) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!(key in moves) || this.plot.histograms.length === 0) return false;
    const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
    const [down, right] = this.at ? moves[key] : [0, 0];
    const number = within((this.at?.number ?? 0) + down, this.plot.histograms.length);
    const bins = this.plot.histograms[number].counts.length;
    if (bins === 0) return false;
    this.show({ number, bin: within((this.at?.bin ?? Math.floor(bins / 2)) + right, bins) });
    return true;
  }

  binRange(number, bin) {
    const { low, high } = this.plot.range;
    const width = (high - low) / this.plot.histograms[number].counts.length;
    return `${numberText(Number((low + bin * width).toPrecision(6)))} to ${numberText(Number((low + (bin + 1) * width).toPrecision(6)))}`;
  }

  show(at) {
    this.at = at;
    this.cross?.replaceChildren();
    const histogram = at && this.plot.histograms[at.number];
    if (histogram?.counts[at.bin] === undefined) {
      this.stage.hideTip();
      return;
    }
    const area = this.areas[at.number];
    const bin = area.width / histogram.counts.length;
    const left = area.left + at.bin * bin;
    this.cross.append(svg('rect', { class: 'bin', x: left, y: area.top, width: bin, height: area.height }));
    this.stage.showTip(
      left + bin,
      Math.max(0, area.top - 6),
      html('div', { class: 'tip-head' }, histogram.title),
      tipLine(this.plot.xLabel, this.binRange(at.number, at.bin)),
      tipLine(this.plot.yLabel, numberText(histogram.counts[at.bin]), { colour: this.plot.colour }),
    );
  }

  table() {
    const bins = Math.max(0, ...this.plot.histograms.map(({ counts }) => counts.length));
    const longest = this.plot.histograms.findIndex(({ counts }) => counts.length === bins);
    const rows = [];
    for (let bin = 0; bin < bins; ++bin)
      rows.push([this.binRange(longest, bin), ...this.plot.histograms.map(({ counts }) => (bin < counts.length ? numberText(counts[bin]) : ''))]);
    return { columns: [this.plot.xLabel, ...this.plot.histograms.map(({ title }) => title)], rows };
  }
}
