// The training, in a worker of its own, so that the page answers while networks learn.
//
// It is told: {type: 'digits', kind, seed}, {type: 'begin', values}, {type: 'run', until}, {type: 'pause'},
// {type: 'ask', image, number}, {type: 'sample', index}. It tells: 'ready', 'begun', 'progress', 'layers', 'answers', 'sample',
// 'paused', 'failed'.

import { readManifest, readMnist } from './digits.js';
import { Study } from './study.js';

const trainCount = 10_000, testCount = 1_000, seedOfDrawn = 1;
const stepsBetweenEvaluations = 60;
const sliceOfTraining = 30, betweenReports = 100, betweenViews = 250;  // milliseconds

let study;
let manifest;
let digits = null;
let mnist = null;
let begun = false;
let running = false;
let step = 0;
let pausesAt = 0;
let question = { image: null, number: 0 };
let report = null;
let lastReport = 0, lastView = 0;
let trained = { steps: 0, milliseconds: 0 };

let round = 0;  // of run(): slices of an earlier one have nothing to do
const channel = new MessageChannel();
channel.port1.onmessage = ({ data }) => data === round && slice();

function emptyReport() {
  return { first: step + 1, losses: [[], []], accuracies: [] };
}

function fail(error) {
  running = false;
  postMessage({ type: 'failed', message: error.message });
}

function evaluate() {
  report.accuracies.push({ step, values: [study.accuracy(0), study.accuracy(1)] });
}

function sendReport() {
  lastReport = performance.now();
  postMessage({
    type: 'progress', step, ...report,
    divergedAt: [study.divergedAt(0), study.divergedAt(1)],
    stepsPerSecond: trained.milliseconds > 0 ? 1000 * trained.steps / trained.milliseconds : 0,
  });
  report = emptyReport();
}

function sendViews() {
  lastView = performance.now();
  postMessage({ type: 'layers', networks: [study.layers(0), study.layers(1)] });
  sendAnswers();
}

function sendAnswers() {
  const { image, number } = question;
  if (begun && image) postMessage({ type: 'answers', number, networks: study.answers(image) });
}

function trainOne() {
  const losses = study.step();
  ++step;
  report.losses[0].push(losses[0]);
  report.losses[1].push(losses[1]);
  if ((step - 1) % stepsBetweenEvaluations === 0) evaluate();
}

/** Trains for some milliseconds, tells of it, and lets messages in before it goes on. */
function slice() {
  if (!running) return;
  try {
    const start = performance.now();
    const before = step;
    while (step < pausesAt && performance.now() - start < sliceOfTraining) trainOne();
    const now = performance.now();
    const ends = step >= pausesAt;
    if (ends || now - lastView > betweenViews) sendViews();
    trained.steps += step - before;
    trained.milliseconds += performance.now() - start;
    if (ends || now - lastReport > betweenReports) sendReport();
    if (ends) return pause();
    channel.port2.postMessage(round);
  } catch (error) {
    fail(error);
  }
}

function pause() {
  if (!running) return;
  running = false;
  if (report.losses[0].length > 0) sendReport();
  postMessage({ type: 'paused', step });
}

function run({ until }) {
  pausesAt = until;
  if (!begun || running) return;
  running = true;
  ++round;
  trained = { steps: 0, milliseconds: 0 };
  slice();
}

function begin({ values }) {
  running = false;
  begun = false;
  study.begin(values);
  begun = true;
  step = 0;
  report = emptyReport();
  postMessage({ type: 'begun' });
  sendViews();
}

async function takeDigits({ kind }) {
  if (kind === digits) return;
  running = begun = false;
  if (kind === 'mnist') {
    mnist ??= await readMnist(manifest.mnist);
    study.takeDigits(mnist.images, mnist.labels, mnist.train);
    postMessage({ type: 'digits', kind, train: mnist.train, test: mnist.labels.length - mnist.train });
  } else {
    study.drawDigits(trainCount, testCount, seedOfDrawn);
    postMessage({ type: 'digits', kind, train: trainCount, test: testCount });
  }
  digits = kind;
}

const handlers = {
  digits: takeDigits,
  begin,
  run,
  pause,
  ask(message) {
    question = message;
    sendAnswers();
  },
  sample: ({ index }) => postMessage({ type: 'sample', index, ...study.testImage(index) }),
};

// One message after the other: some wait for digits.
let queue = (async () => {
  [study, manifest] = await Promise.all([Study.load(), readManifest()]);
  postMessage({ type: 'ready', settings: study.settings(), mnist: manifest.mnist !== null });
})().catch(fail);

self.onmessage = ({ data }) => {
  queue = queue.then(() => handlers[data.type](data)).catch(fail);
};
