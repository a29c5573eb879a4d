// From a drawing to an image as MNIST has them: the longer side of the ink fills 20 of 28 pixels, the ink begins where
// pixels do, and its centre of mass lies in the middle, to half a pixel. A pixel is the mean of what it covers.

const side = 28, digitSide = 20;
const middle = 14.5;  // MNIST's centres of mass lie half a pixel to the right of and below the image's

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
      if (value === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  if (right < 0) return null;
  return { longest: Math.max(right - left, bottom - top) + 1, left, top, x: sumX / mass, y: sumY / mass };
}

/** ink: a byte for each pixel of the drawing. Gives 784 values between 0 and 1, or null for an empty drawing. */
export function digitImage(ink, width, height) {
  const found = measure(ink, width, height);
  if (!found) return null;
  const sums = summed(ink, width, height);
  const scale = Math.max(found.longest, digitSide) / digitSide;  // pixels of the drawing for one of the image
  const start = (first, centre) => first - scale * Math.round(middle - (centre - first) / scale);
  const startX = start(found.left, found.x), startY = start(found.top, found.y);
  const image = new Float32Array(side * side);
  for (let row = 0; row < side; ++row)
    for (let column = 0; column < side; ++column) {
      const x1 = startX + column * scale, y1 = startY + row * scale, x2 = x1 + scale, y2 = y1 + scale;
      const sum = sumAt(sums, width, height, x2, y2) - sumAt(sums, width, height, x1, y2) -
                  sumAt(sums, width, height, x2, y1) + sumAt(sums, width, height, x1, y1);
      image[row * side + column] = Math.min(1, Math.max(0, sum / (255 * scale * scale)));
    }
  return image;
}
