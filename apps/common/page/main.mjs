// Draws the figures of a page from the data that stand in it.

import { Figure } from './figure.mjs';

for (const element of document.querySelectorAll('figure.plots')) {
  const data = JSON.parse(element.querySelector('script').textContent);
  new Figure(element).update(data);
}
