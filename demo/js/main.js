// The page: what is asked goes to the worker, what the worker tells is shown.

import { Answers, inWords } from './answers.js';
import { drawAccuracy, drawLoss } from './charts/curves.js';
import { describeGradients, drawGradients } from './charts/gradients.js';
import { palette, Surface } from './charts/surface.js';
import { describeLayers, drawLayers } from './charts/violins.js';
import { Controls } from './controls.js';
import { digitImage } from './digit_image.js';
import { figure, names, percent, thousands } from './format.js';
import { History } from './history.js';
import { Pad } from './pad.js';

const byId = (id) => document.getElementById(id);
const kinds = ['plain', 'normalized'];
const betweenDescriptions = 1000;  // milliseconds

const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
const tell = (type, rest = {}) => worker.postMessage({ type, ...rest });

let controls;
let history = new History();
let layers = [[], []];
let state = 'loading';  // 'fresh', 'running', 'paused', 'failed'
let goesOn = false;     // whether a training that begins runs at once
let digitsInWords = '';
let testImages = 0;
let speed = 0;
let lastDescription = 0;
let asked = 0;          // so many drawings
let nextSample = 0;

const surfaces = {
  accuracy: new Surface(byId('accuracy-chart'), (...place) => drawAccuracy(history)(...place)),
  loss: new Surface(byId('loss-chart'), (...place) => drawLoss(history)(...place)),
  layers: kinds.map((kind, network) =>
    new Surface(byId(`${kind}-layers`), (...place) => drawLayers(layers[network].slice(0, -1), network)(...place))),
  gradients: new Surface(byId('gradient-chart'), (...place) => drawGradients(layers)(...place)),
};
const answers = new Answers(byId('answers'));
const pad = new Pad(byId('pad'), { changed: ask, say: announce });

function announce(text) {
  byId('announcer').textContent = text;
}

// ------------------------------------------------------------------------------------------------- training

function begin() {
  history = new History();
  speed = 0;
  tell('begin', { values: controls.values });
}

function run() {
  if (history.steps >= controls.steps) begin();
  state = 'running';
  tell('run', { until: controls.steps });
  showState();
}

function pause() {
  goesOn = false;
  tell('pause');
}

function showState() {
  const done = history.steps >= (controls?.steps ?? Infinity);
  const toggle = byId('toggle');
  toggle.textContent = state === 'running' ? 'Pause' : done ? 'Train again' : history.steps > 0 ? 'Go on' : 'Start';
  toggle.disabled = state === 'loading' || state === 'failed';
  showStatus();
}

function showStatus() {
  if (state === 'loading' || state === 'failed') return;
  byId('reset').disabled = byId('save').disabled = history.steps === 0;
  byId('progress').style.transform = `scaleX(${Math.min(1, history.steps / controls.steps)})`;
  const steps = history.steps > 0 ? `Step ${thousands(history.steps)} of ${thousands(controls.steps)}` : 'Ready';
  byId('status').textContent = `${steps}${speed > 0 ? `, ${thousands(Math.round(speed))} steps a second` : ''}. ${digitsInWords}`;
}

function showScores() {
  kinds.forEach((kind, network) => {
    const diverged = history.divergedAt[network];
    const accuracy = history.accuracies.at(-1)?.values[network];
    byId(`${kind}-what`).hidden = diverged > 0;
    byId(`${kind}-accuracy`).textContent = diverged ? 'Diverged' : accuracy === undefined ? '–' : percent(accuracy);
    const loss = history.means[network].at(-1);
    byId(`${kind}-detail`).textContent =
      diverged ? `at step ${thousands(diverged)}: its loss is no number` : loss === undefined ? '\u00a0' : `loss ${figure(loss)}`;
  });
}

/** For those who do not see the charts, not oftener than they can be read. */
function describe() {
  const now = performance.now();
  if (state === 'running' && now - lastDescription < betweenDescriptions) return;
  lastDescription = now;
  const each = (text) => names.map((name, network) => `${name} ${text(network)}`).join(', ');
  const at = `At step ${history.steps}: `;
  byId('accuracy-chart').setAttribute('aria-label', at + each((network) =>
    history.divergedAt[network] ? 'diverged' : percent(history.accuracies.at(-1)?.values[network])));
  byId('loss-chart').setAttribute('aria-label', at + each((network) => figure(history.means[network].at(-1) ?? NaN)));
  byId('gradient-chart').setAttribute('aria-label', `Norms of the gradients by layer. ${describeGradients(layers)}`);
  kinds.forEach((kind, network) =>
    byId(`${kind}-layers`).setAttribute('aria-label', `${names[network]}: ${describeLayers(layers[network].slice(0, -1))}`));
}

function showAll() {
  surfaces.accuracy.request();
  surfaces.loss.request();
  showScores();
  showStatus();
  describe();
}

// ------------------------------------------------------------------------------------------------- drawing

/** Shows what the networks see, and asks them. */
function ask() {
  const { ink, width, height } = pad.ink();
  const image = digitImage(ink, width, height);
  const context = byId('seen').getContext('2d', { willReadFrequently: true });
  const shown = context.createImageData(28, 28);
  const [red, green, blue] = inkColour();
  for (let i = 0; i < 784; ++i) shown.data.set([red, green, blue, 255 * (image?.[i] ?? 0)], 4 * i);
  context.putImageData(shown, 0, 0);
  if (!image) answers.show(null);
  tell('ask', { image, number: ++asked });
}

function inkColour() {
  const digits = palette().ink.match(/[0-9a-f]{2}/gi);
  return digits.map((pair) => parseInt(pair, 16));
}

let heard = 0;
function showAnswers(networks) {
  answers.show(networks);
  clearTimeout(heard);
  if (document.activeElement === byId('pad')) heard = setTimeout(() => announce(inWords(networks)), 700);
}

function saveCurves() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([history.csv()], { type: 'text/csv' }));
  link.download = 'curves.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

// ------------------------------------------------------------------------------------------------- the worker

const told = {
  ready({ settings, mnist }) {
    controls = new Controls(settings, { mnist, changed });
    tell('digits', { kind: controls.digits });
    begin();
  },
  digits({ kind, train, test }) {
    testImages = test;
    for (const place of document.querySelectorAll('.test-count')) place.textContent = `the ${thousands(test)}`;
    const source = kind === 'mnist' ? 'of MNIST' : controls.digits === 'drawn' ? 'drawn by the program' : '';
    nextSample = 0;
    digitsInWords = `${thousands(train)} images to learn from, ${source}.`;
    byId('sample').disabled = false;
  },
  begun() {
    state = 'fresh';
    showState();
    showAll();
    if (goesOn) run();
  },
  progress(report) {
    if (report.first !== history.steps + 1) return;  // of a training that was given up
    history.add(report);
    speed = report.stepsPerSecond;
    showAll();
  },
  layers({ networks }) {
    layers = networks;
    for (const surface of [...surfaces.layers, surfaces.gradients]) surface.request();
  },
  answers({ networks, number }) {
    if (number === asked) showAnswers(networks);
  },
  sample({ pixels, label }) {
    pad.paint(pixels);
    announce(`A test image of the digit ${label}`);
  },
  paused() {
    goesOn = false;
    state = history.steps > 0 ? 'paused' : 'fresh';
    showState();
    showAll();
  },
  failed({ message }) {
    state = 'failed';
    showState();
    byId('status').textContent = `It does not work: ${message}`;
  },
};

worker.onmessage = ({ data }) => told[data.type](data);
worker.onerror = (event) => told.failed({ message: event.message ?? 'the worker cannot be started' });

function changed(kind) {
  if (kind === 'steps') return state === 'running' ? tell('run', { until: controls.steps }) : showState();
  goesOn = goesOn || state === 'running';
  if (kind === 'digits') tell('digits', { kind: controls.digits });
  begin();
}

// On a telephone the values would be long in the way.
if (matchMedia('(max-width: 46rem)').matches) document.querySelector('.values').open = false;

byId('toggle').addEventListener('click', () => {
  if (state === 'running') return pause();
  goesOn = true;
  run();
});
byId('reset').addEventListener('click', () => {
  goesOn = false;
  begin();
});
byId('clear').addEventListener('click', () => pad.clear());
byId('sample').addEventListener('click', () => tell('sample', { index: nextSample++ % testImages }));
byId('save').addEventListener('click', saveCurves);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => requestAnimationFrame(ask));
