// From a drawing to an image as MNIST has them: the longer side of the ink fills 20 of 28 pixels, and the ink's centre of
// mass lies in the middle. A pixel is the mean of what it covers.

const side = 28, digitSide = 20;
const leastInk = 16;  // of 255, so that the pen's soft edge does not count

/** Sums of all ink above and to the left of each corner of the drawing's pixels. */
function summed(ink, width, height) {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; ++y) {
    let row = 0;
    for (let x = 0; x < width; ++x) {
      row += ink[y * width + x];
      sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
    }
  }
  return sums;
}

/** The same at any place, between corners too. */
function sumAt(sums, width, height, x, y) {
  x = Math.min(Math.max(x, 0), width);
  y = Math.min(Math.max(y, 0), height);
  const column = Math.min(Math.floor(x), width - 1), row = Math.min(Math.floor(y), height - 1);
  const right = x - column, down = y - row, at = row * (width + 1) + column, below = at + width + 1;
  return (1 - down) * ((1 - right) * sums[at] + right * sums[at + 1]) +
         down * ((1 - right) * sums[below] + right * sums[below + 1]);
}

/** Where the ink is: its bounding box and its centre of mass; null where there is none. */
function measure(ink, width, height) {
  let left = width, right = -1, top = height, bottom = -1, mass = 0, sumX = 0, sumY = 0;
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      const value = ink[y * width + x];
      mass += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
      if (value < leastInk) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  return right < 0 ? null : { longest: Math.max(right - left, bottom - top) + 1, x: sumX / mass, y: sumY / mass };
}

/** ink: a byte for each pixel of the drawing. Gives 784 values between 0 and 1, or null for an empty drawing. */
export function digitImage(ink, width, height) {
  const found = measure(ink, width, height);
  if (!found) return null;
  const sums = summed(ink, width, height);
  const scale = Math.max(found.longest, digitSide) / digitSide;  // pixels of the drawing for one of the image
  const edge = (i, centre) => centre + (i - side / 2) * scale;
  const image = new Float32Array(side * side);
  for (let row = 0; row < side; ++row)
    for (let column = 0; column < side; ++column) {
      const [x1, x2] = [edge(column, found.x), edge(column + 1, found.x)];
      const [y1, y2] = [edge(row, found.y), edge(row + 1, found.y)];
      const sum = sumAt(sums, width, height, x2, y2) - sumAt(sums, width, height, x1, y2) -
                  sumAt(sums, width, height, x2, y1) + sumAt(sums, width, height, x1, y1);
      image[row * side + column] = Math.min(1, Math.max(0, sum / (255 * scale * scale)));
    }
  return image;
}
