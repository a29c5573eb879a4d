// The study in WebAssembly: what demo/wasm/exports.cpp gives, as JavaScript has it.

import createModule from '../wasm/xgrad.js';

const binsOfHistogram = 32;
const numbersOfLayer = 5;
export const pixels = 784;

/** A layer's figures on one batch, as demo/wasm/layers.hpp describes them. */
function readLayer(numbers) {
  const [gradientNorm, mean, deviation, low, high] = numbers;
  return { gradientNorm, mean, deviation, low, high, histogram: numbers.slice(numbersOfLayer) };
}

export class Study {
  #module;
  #layers = 0;

  static async load() {
    const study = new Study();
    study.#module = await createModule();
    return study;
  }

  /** The study's settings, in its order. */
  settings() {
    return JSON.parse(this.#module.UTF8ToString(this.#module._study_settings()));
  }

  /** Takes images and labels, one byte for each pixel and label, those to train on before those to test with. */
  takeDigits(images, labels, trainCount) {
    const room = this.#given(this.#module._study_pixel_room(trainCount, labels.length - trainCount));
    this.#module.HEAPU8.set(images, room);
    this.#module.HEAPU8.set(labels, this.#module._study_label_room());
    this.#done(this.#module._study_take_digits());
  }

  drawDigits(trainCount, testCount, seed) {
    this.#done(this.#module._study_draw_digits(trainCount, testCount, seed));
  }

  testImage(index) {
    const start = this.#given(this.#module._study_test_image(index));
    return { pixels: this.#module.HEAPU8.slice(start, start + pixels), label: this.#module._study_test_label(index) };
  }

  /** Begins afresh. Throws where the values cannot be. */
  begin({ setting, activation, lr, initStd, layers, batch, seed }) {
    this.#done(this.#module._study_begin(setting, activation, lr, initStd, layers, batch, seed));
    this.#layers = layers;
  }

  /** One step; the losses of both networks before it, the plain one's first. */
  step() {
    const at = this.#given(this.#module._study_step()) / 8;
    return [this.#module.HEAPF64[at], this.#module.HEAPF64[at + 1]];
  }

  /** The step at which a network diverged, or 0. */
  divergedAt(network) {
    return this.#module._study_diverged_at(network);
  }

  accuracy(network) {
    return this.#module._study_accuracy(network);
  }

  layers(network) {
    const length = numbersOfLayer + binsOfHistogram;
    const start = this.#given(this.#module._study_layers(network)) / 4;
    return Array.from({ length: this.#layers }, (_, i) =>
      readLayer(this.#module.HEAPF32.slice(start + i * length, start + (i + 1) * length)));
  }

  /** The ten probabilities that each network gives an image of 784 values between 0 and 1. */
  answers(image) {
    this.#module.HEAPF32.set(image, this.#module._study_image_room() / 4);
    return [0, 1].map((network) => {
      const start = this.#given(this.#module._study_answer(network)) / 4;
      return this.#module.HEAPF32.slice(start, start + 10);
    });
  }

  #done(worked) {
    if (!worked) throw new Error(this.#module.UTF8ToString(this.#module._study_error()));
  }

  #given(address) {
    this.#done(address !== 0);
    return address;
  }
}
