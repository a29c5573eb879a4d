// Shows what a running program sends: its figures and how far it is.

import { Figure } from './figure.mjs';
import { html } from './elements.mjs';

const list = document.getElementById('figures');
const status = document.getElementById('status');
const bar = document.getElementById('progress');
const connection = document.getElementById('connection');
const figures = [];
const { title } = document;

function showFigures(all) {
  while (figures.length > all.length) {
    figures.pop();
    list.lastElementChild.remove();
  }
  while (figures.length < all.length) {
    const element = html('figure', { class: 'plots' });
    list.append(element);
    figures.push(new Figure(element));
  }
  all.forEach((figure, i) => figures[i].update(figure));
}

function showStatus({ text, share }) {
  status.textContent = text;
  bar.hidden = share === null;
  if (share !== null) bar.value = share;
  document.title = share === null ? title : `${Math.floor(100 * share)}% · ${title}`;
}

const events = new EventSource('events');
const say = (text, state) => {
  connection.textContent = text;
  connection.dataset.state = state;
};
events.addEventListener('open', () => say('live', 'on'));
events.addEventListener('error', () => say('connection lost, trying again', 'off'));
events.addEventListener('figures', (event) => showFigures(JSON.parse(event.data)));
events.addEventListener('status', (event) => showStatus(JSON.parse(event.data)));
events.addEventListener('end', () => {
  events.close();
  say('ended', 'ended');
});
