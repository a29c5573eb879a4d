// The place that a plot is drawn in: an SVG that is an image to assistive technology, and a box with the values where
// the pointer or the arrow keys are.

import { html, svg, uniqueId } from './elements.mjs';

export class Stage {
  /**
   * `pick(x, y)` answers where the pointer is, in pixels, and `step(key)` a key, each with true where something is
   * shown; `leave()` is told when nothing is to be shown any more.
   */
  constructor({ pick, step, leave }) {
    this.title = svg('title', { id: uniqueId() });
    this.description = svg('desc', { id: uniqueId() });
    this.drawing = svg('g');
    this.picture = svg(
      'svg',
      { role: 'img', 'aria-labelledby': `${this.title.id} ${this.description.id}` },
      this.title,
      this.description,
      this.drawing,
    );
    // The pointer meets this sheet, not the picture, whose title would come up as a tooltip.
    this.sheet = html('div', { class: 'sheet' });
    this.tip = html('div', { class: 'tip', role: 'status', hidden: true });
    this.element = html('div', { class: 'stage', role: 'group', tabindex: '0' }, this.picture, this.sheet, this.tip);
    this.leave = () => {
      this.hideTip();
      leave();
    };
    this.listen(pick, step);
  }

  listen(pick, step) {
    const pointed = (event) => {
      const box = this.sheet.getBoundingClientRect();
      if (!pick(event.clientX - box.left, event.clientY - box.top)) this.leave();
    };
    this.sheet.addEventListener('pointermove', pointed);
    this.sheet.addEventListener('pointerdown', pointed);
    // A finger that is lifted leaves the values where they are; a touch elsewhere takes them away.
    this.sheet.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.leave();
    });
    document.addEventListener('pointerdown', (event) => {
      if (!this.tip.hidden && !this.element.contains(event.target)) this.leave();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape') this.leave();
      else if (step(event.key)) event.preventDefault();
    });
    this.element.addEventListener('blur', () => this.leave());
  }

  describe(title, text) {
    this.title.textContent = title;
    this.description.textContent = text;
    this.element.setAttribute('aria-label', `${title}. The arrow keys show values.`);
  }

  /** Replaces the drawing by one of this size. */
  draw(width, height, ...children) {
    this.picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.picture.setAttribute('width', width);
    this.picture.setAttribute('height', height);
    this.drawing.replaceChildren(...children);
    this.width = width;
  }

  /**
   * Shows values beside the place x: on the side where there is room, with its top at `top`, which is undefined for
   * below the drawing.
   */
  showTip(x, top, ...children) {
    this.tip.replaceChildren(...children);
    this.tip.hidden = false;
    const gap = 12;
    this.tip.classList.toggle('below', top === undefined);
    if (top === undefined) {
      this.tip.style.left = '';
      this.tip.style.top = '';
      return;
    }
    const width = this.tip.offsetWidth;
    const right = x + gap + width <= this.width ? x + gap : x - gap - width;
    const left = right >= 0 ? right : x < this.width / 2 ? this.width - width : 0;
    this.tip.style.left = `${Math.max(0, Math.round(left))}px`;
    this.tip.style.top = `${Math.round(top)}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}

/** A line of a tip: a swatch where there is a colour, a name, and a value. */
export function tipLine(name, value, { colour, detail, kind = 'series' } = {}) {
  return html(
    'div',
    { class: 'tip-line' },
    colour ? html('span', { class: `dot ${kind}`, '--colour': colour }) : '',
    html('span', { class: 'tip-name' }, name),
    html('span', { class: 'tip-value' }, value, detail ? html('small', {}, detail) : ''),
  );
}
