// A canvas that is drawn at the screen's resolution, when something has changed, in the colours of the page.

const scheme = matchMedia('(prefers-color-scheme: dark)');
let colours = null;

/** The page's colours, from its style sheet. */
export function palette() {
  if (!colours) {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    colours = {
      ink: value('ink'), soft: value('soft'), line: value('line'), faint: value('faint'), card: value('card'),
      networks: [value('plain'), value('normalized')],
      words: [value('plain-text'), value('normalized-text')],
      font: value('sans'),
    };
  }
  return colours;
}

const surfaces = new Set();
scheme.addEventListener('change', () => {
  colours = null;
  for (const surface of surfaces) surface.request();
});

export class Surface {
  #canvas;
  #draw;
  #waiting = false;

  /** draw(context, width, height, palette) draws everything, in pixels of the page. */
  constructor(canvas, draw) {
    this.#canvas = canvas;
    this.#draw = draw;
    surfaces.add(this);
    new ResizeObserver(() => this.request()).observe(canvas);
  }

  request() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#paint();
    });
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const columns = Math.round(width * ratio), rows = Math.round(height * ratio);
    if (this.#canvas.width !== columns || this.#canvas.height !== rows) {
      this.#canvas.width = columns;
      this.#canvas.height = rows;
    }
    const context = this.#canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#draw(context, width, height, palette());
  }
}

/** Writes text: at(x, y), aligned as said. */
export function write(context, text, x, y, { colour, size = 11.5, align = 'left', baseline = 'middle', weight = 450 }) {
  context.font = `${weight} ${size}px ${palette().font}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}

/** A line from one point to another, along the middle of pixels. */
export function rule(context, x1, y1, x2, y2, colour, dash = []) {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  context.stroke();
  context.restore();
}
