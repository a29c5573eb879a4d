// A figure: plots side by side, a text below, and their numbers as tables.

import { html } from './elements.mjs';
import { HeatView } from './heat.mjs';
import { HistogramsView } from './histograms.mjs';
import { LinesView } from './lines.mjs';

const views = { lines: LinesView, heat: HeatView, histograms: HistogramsView };

function tableElement(title, { columns, rows }) {
  const cells = (tag, texts) =>
    texts.map((content, i) => html(i === 0 ? 'th' : tag, { scope: tag === 'th' ? 'col' : i === 0 ? 'row' : undefined }, content));
  return html(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Values: ${title}` },
    html(
      'table',
      {},
      html('caption', {}, title),
      html('thead', {}, html('tr', {}, ...cells('th', columns))),
      html('tbody', {}, ...rows.map((row) => html('tr', {}, ...cells('td', row)))),
    ),
  );
}

/** How many panels stand beside each other where there is room. */
function beside(panels) {
  if (panels.some(({ kind }) => kind === 'histograms')) return 1;
  return panels.length === 4 ? 2 : Math.min(panels.length, 3);
}

export class Figure {
  /** Draws into an element <figure>, after which `update` may show other data. */
  constructor(element) {
    this.panels = html('div', { class: 'panels' });
    this.caption = html('p');
    this.note = html('p', { class: 'note' });
    this.details = html('details', {}, html('summary', {}, 'Data as a table'));
    this.tables = html('div');
    this.details.append(this.tables);
    this.details.addEventListener('toggle', () => this.fillTables());
    element.replaceChildren(this.panels, html('figcaption', {}, this.caption, this.note, this.details));
    this.views = [];
    new ResizeObserver(() => this.draw()).observe(this.panels);
  }

  update({ panels, text, note }) {
    this.caption.textContent = text;
    this.caption.hidden = !text;
    this.note.textContent = note;
    this.note.hidden = !note;
    const kinds = panels.map(({ kind }) => kind).join();
    if (kinds !== this.kinds) {
      this.views = panels.map(({ kind }) => new views[kind]({ crossed: (x) => this.crossed(x) }));
      this.panels.replaceChildren(...this.views.map(({ element }) => element));
      this.panels.style.setProperty('--panels', beside(panels));
      this.kinds = kinds;
    }
    this.views.forEach((view, i) => view.update(panels[i], text));
    this.drawn = undefined;
    this.draw();
    this.fillTables();
  }

  draw() {
    const width = Math.floor(this.views[0]?.stage.element.clientWidth ?? 0);
    if (width === 0 || width === this.drawn) return;
    this.drawn = width;
    for (const view of this.views) view.draw(Math.floor(view.stage.element.clientWidth));
  }

  /** What is looked at in one panel is marked in those beside it with the same x axis. */
  crossed(x) {
    if (this.crossing) return;
    this.crossing = true;
    for (const view of this.views) {
      const looked = !view.stage.tip.hidden;
      if (view instanceof LinesView && !looked && view.plot.x.label === this.views.find((other) => other.at === x)?.plot.x?.label)
        view.show(x, { quiet: true });
      else if (x === undefined && view instanceof LinesView) view.show(undefined, { quiet: true });
    }
    this.crossing = false;
  }

  fillTables() {
    if (!this.details.open) this.tables.replaceChildren();
    else this.tables.replaceChildren(...this.views.map((view) => tableElement(view.plot.title, view.table())));
  }
}
