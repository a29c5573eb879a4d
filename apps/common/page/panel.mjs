// What all plots of the page are set in: heading, legend, stage.

import { html } from './elements.mjs';
import { Stage } from './stage.mjs';

/** A view gives pick(x, y), step(key) and show(place), undefined for nowhere, and draws itself on the stage. */
export class Panel {
  constructor() {
    this.heading = html('h3');
    this.legend = html('div', { class: 'legend' });
    this.stage = new Stage({
      pick: (x, y) => this.pick(x, y),
      step: (key) => this.step(key),
      leave: () => this.show(undefined),
    });
    this.element = html('div', { class: 'panel' }, this.heading, this.legend, this.stage.element);
  }

  update(plot, caption) {
    this.plot = plot;
    this.heading.textContent = plot.title;
    this.stage.describe(plot.title, caption);
  }
}
