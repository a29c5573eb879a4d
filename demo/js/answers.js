// What both networks answer: a row for each digit, with a bar to each side.

import { names, percent } from './format.js';

const kinds = ['plain', 'normalized'];

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The digit of the largest probability; null where a network answers with what is no number. */
export function best(probabilities) {
  if (!probabilities.every(Number.isFinite)) return null;
  return probabilities.indexOf(Math.max(...probabilities));
}

/** "plain: 7, 93.1 %", for each network. */
export function inWords(networks) {
  return networks
    .map((probabilities, network) => {
      const digit = best(probabilities);
      return `${names[network]}: ${digit === null ? 'no number (NaN)' : `${digit}, ${percent(probabilities[digit])}`}`;
    })
    .join('; ');
}

export class Answers {
  #root;
  #rows = [];

  constructor(root) {
    this.#root = root;
    const head = element('div', 'head');
    head.append(element('span', '', 'Plain'), element('span', ''), element('span', '', 'Batch norm'));
    root.append(head);
    for (let digit = 0; digit < 10; ++digit) {
      const row = element('div', 'row');
      const shares = kinds.map((kind) => element('span', `share ${kind}`));
      const bars = kinds.map((kind) => element('span', `bar ${kind}`));
      const tracks = bars.map((bar) => {
        const track = element('span', 'track');
        track.append(bar);
        return track;
      });
      row.append(shares[0], tracks[0], element('span', 'digit', String(digit)), tracks[1], shares[1]);
      root.append(row);
      this.#rows.push({ row, shares, bars });
    }
  }

  /** networks: the ten probabilities of each; null where nothing was asked. */
  show(networks) {
    const chosen = networks?.map(best);
    this.#rows.forEach(({ row, shares, bars }, digit) => {
      kinds.forEach((kind, network) => {
        const share = networks?.[network][digit];
        const finite = Number.isFinite(share);
        shares[network].textContent = share === undefined ? '' : finite ? `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %` : 'NaN';
        bars[network].style.transform = `scaleX(${finite ? share : 0})`;
        row.classList.toggle(kind, chosen?.[network] === digit);
      });
      row.classList.toggle('best', chosen?.includes(digit) ?? false);
    });
    this.#root.setAttribute('aria-label', networks ? inWords(networks) : 'No answer yet');
    this.#root.dataset.answers = chosen?.map((digit) => digit ?? 'NaN').join(' ') ?? '';
  }
}
