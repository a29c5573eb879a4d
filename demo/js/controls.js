// The settings: those of the study, or values of one's own.

import { figure } from './format.js';

const activations = ['tanh', 'ReLU', 'sigmoid'];
const sliders = {
  lr: { values: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5], of: 'lr' },
  'init-std': { values: [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2], of: 'initStd' },
  layers: { values: Array.from({ length: 19 }, (_, i) => i + 2), of: 'layers' },
  batch: { values: [10, 20, 30, 60, 120, 240, 480], of: 'batch' },
};
const waitsForMore = 250;  // milliseconds after a change

const byId = (id) => document.getElementById(id);

function radio(name, value, ...content) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name, value });
  const face = document.createElement('span');
  face.append(...content);
  label.append(input, face);
  return label;
}

function tag(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** What a setting of the study shows, in a few words. */
const remarks = {
  'tanh-good': 'Weights of a good size: both learn',
  'tanh-bad': 'Weights ten times as large: saturated',
  'tanh-bad-lr1': 'The same, and a large learning rate',
  'relu-good': 'ReLU with weights of a good size',
  'relu-bad': 'ReLU with large weights: it blows up',
  paper: 'Three sigmoid layers, as in the paper',
};

export class Controls {
  #settings;
  #setting = 0;
  #changed;
  #timer = 0;

  /** changed(kind) follows a change: 'values' (a training begins afresh), 'steps' or 'digits'. */
  constructor(settings, { mnist, changed }) {
    this.#settings = settings;
    this.#changed = changed;
    byId('presets').append(...settings.map(({ name }, i) =>
      radio('setting', i, tag('strong', name), tag('small', remarks[name] ?? ''))));
    byId('activation').append(...activations.map((name, i) => radio('activation', i, name)));
    byId('digits').append(radio('digits', 'mnist', 'MNIST'), radio('digits', 'drawn', 'Drawn digits'));
    for (const [id, { values }] of Object.entries(sliders)) Object.assign(byId(id), { min: 0, max: values.length - 1 });
    if (!mnist) this.#choice('digits', 'mnist').disabled = true;
    this.#choice('digits', mnist ? 'mnist' : 'drawn').checked = true;
    this.#choose(0);
    byId('controls').addEventListener('input', (event) => this.#input(event));
    byId('controls').addEventListener('submit', (event) => event.preventDefault());
  }

  get values() {
    const values = { setting: this.#setting, seed: this.#number('seed') };
    for (const [id, slider] of Object.entries(sliders)) values[slider.of] = slider.values[byId(id).value];
    values.activation = Number(this.#checked('activation'));
    return values;
  }

  get steps() {
    return this.#number('steps');
  }

  get digits() {
    return this.#checked('digits');
  }

  get activation() {
    return this.values.activation;
  }

  #choice(name, value) {
    return document.querySelector(`input[name="${name}"][value="${value}"]`);
  }

  #checked(name) {
    return document.querySelector(`input[name="${name}"]:checked`)?.value;
  }

  /** A number that was typed, or where that is none, the one before. */
  #number(id) {
    const input = byId(id);
    if (input.validity.valid) input.dataset.valid = input.value;
    return Number(input.dataset.valid ?? input.defaultValue);
  }

  #choose(index) {
    const setting = this.#settings[index];
    this.#setting = index;
    this.#choice('setting', index).checked = true;
    this.#choice('activation', setting.activation).checked = true;
    byId('steps').value = setting.steps;
    for (const [id, { values, of }] of Object.entries(sliders)) byId(id).value = values.indexOf(setting[of]);
    this.#showValues();
  }

  #showValues() {
    for (const [id, { values }] of Object.entries(sliders)) {
      const text = values[byId(id).value] < 1 ? String(values[byId(id).value]) : figure(values[byId(id).value]).replace(/\.?0+$/, '');
      byId(`${id}-value`).textContent = text;
      byId(id).setAttribute('aria-valuetext', text);
    }
  }

  /** Whether the values are those of the chosen setting; another one that has them is chosen. */
  #matchSetting() {
    const values = this.values;
    const fits = (setting) => ['activation', 'lr', 'initStd', 'layers', 'batch'].every((key) => setting[key] === values[key]);
    const index = fits(this.#settings[this.#setting]) ? this.#setting : this.#settings.findIndex(fits);
    if (index >= 0) this.#setting = index;
    this.#settings.forEach((_, i) => (this.#choice('setting', i).checked = i === index));
  }

  #input({ target }) {
    if (target.name === 'digits') return this.#changed('digits');
    if (target.id === 'steps') return target.validity.valid && this.#changed('steps');
    if (target.id === 'seed' && !target.validity.valid) return;
    if (target.name === 'setting') this.#choose(Number(target.value));
    else if (target.id !== 'seed') this.#matchSetting();
    this.#showValues();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed('values'), target.type === 'radio' ? 0 : waitsForMore);
  }
}
