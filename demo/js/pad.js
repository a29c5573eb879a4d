// The pad that one draws on: with a mouse, a finger or a pen, or with the keyboard.

import { palette } from './charts/surface.js';

const side = 280, pen = 21, stride = 10;
const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #canvas;
  #ink = new OffscreenCanvas(side, side);
  #context = this.#ink.getContext('2d', { willReadFrequently: true });
  #strokes = new Map();  // from pointers to where they were
  #cursor = { x: side / 2, y: side / 4, down: false, shown: false };
  #changed;
  #say;

  /** changed() is called after every change; say(text) tells those who do not see the pad. */
  constructor(canvas, { changed, say }) {
    this.#canvas = canvas;
    this.#changed = changed;
    this.#say = say;
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const type of ['pointerup', 'pointercancel'])
      canvas.addEventListener(type, (event) => this.#strokes.delete(event.pointerId));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('focus', () => this.#show(canvas.matches(':focus-visible')));
    canvas.addEventListener('blur', () => this.#show(false));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
    this.#paint();
  }

  /** A byte for each pixel: how much ink is there. */
  ink() {
    const { data } = this.#context.getImageData(0, 0, side, side);
    return { ink: Uint8Array.from({ length: side * side }, (_, i) => data[4 * i + 3]), width: side, height: side };
  }

  clear() {
    this.#context.clearRect(0, 0, side, side);
    this.#update();
  }

  /** Paints an image of 28 x 28 bytes. */
  paint(pixels) {
    this.#context.clearRect(0, 0, side, side);
    pixels.forEach((value, i) => {
      this.#context.fillStyle = `rgb(0 0 0 / ${value / 255})`;
      this.#context.fillRect(10 * (i % 28), 10 * Math.floor(i / 28), 10, 10);
    });
    this.#update();
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: side * (event.clientX - box.left) / box.width, y: side * (event.clientY - box.top) / box.height };
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#canvas.setPointerCapture?.(event.pointerId);
    this.#show(false);
    const place = this.#place(event);
    this.#strokes.set(event.pointerId, place);
    this.#line(place, place);
  }

  #move(event) {
    const from = this.#strokes.get(event.pointerId);
    if (!from) return;
    const to = this.#place(event);
    this.#strokes.set(event.pointerId, to);
    this.#line(from, to);
  }

  #key(event) {
    const cursor = this.#cursor;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const [right, down] = moves[event.key];
      const from = { x: cursor.x, y: cursor.y };
      cursor.x = Math.min(side - stride, Math.max(stride, cursor.x + stride * right));
      cursor.y = Math.min(side - stride, Math.max(stride, cursor.y + stride * down));
      this.#show(true);
      if (cursor.down) this.#line(from, cursor);
    } else if (event.key === ' ') {
      cursor.down = !cursor.down;
      this.#say(cursor.down ? 'Pen down' : 'Pen up');
      this.#show(true);
      if (cursor.down) this.#line(cursor, cursor);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      cursor.down = false;
      this.#say('Cleared');
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
  }

  #show(shown) {
    this.#cursor.shown = shown;
    if (!shown) this.#cursor.down = false;
    this.#paint();
  }

  #line(from, to) {
    const context = this.#context;
    context.lineWidth = pen;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x + 0.01, to.y);
    context.stroke();
    this.#update();
  }

  #update() {
    this.#paint();
    this.#changed();
  }

  #paint() {
    const context = this.#canvas.getContext('2d');
    const colours = palette();
    context.clearRect(0, 0, side, side);
    context.globalCompositeOperation = 'source-over';
    context.drawImage(this.#ink, 0, 0);
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = colours.ink;
    context.fillRect(0, 0, side, side);
    context.globalCompositeOperation = 'destination-over';
    context.strokeStyle = colours.line;
    context.setLineDash([3, 5]);
    context.lineWidth = 1;
    context.strokeRect(40.5, 40.5, 199, 199);
    context.setLineDash([]);
    context.globalCompositeOperation = 'source-over';
    if (!this.#cursor.shown) return;
    context.lineWidth = 2.5;
    context.strokeStyle = this.#cursor.down ? colours.networks[1] : colours.soft;
    context.beginPath();
    context.arc(this.#cursor.x, this.#cursor.y, pen / 2 + 2, 0, 2 * Math.PI);
    context.stroke();
  }
}
