// Packs the first images of MNIST for the page, and says in manifest.json what there is:
//
//   node pack-mnist.mjs FOLDER-OF-MNIST|none OUT
//
// Written are OUT/manifest.json and, unless there is no MNIST, OUT/mnist.bin.gz: the images to train on and those to test
// with, a byte for each pixel, then the labels in the same order.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const trainCount = 10_000, testCount = 1_000, pixels = 784;

/** The first elements of an IDX file of bytes; magic: what it begins with. */
function readIdx(file, magic, headerBytes, bytes) {
  const all = fs.readFileSync(file);
  if (all.readUInt32BE(0) !== magic) throw new Error(`${file} is no IDX file of this kind`);
  if (all.length < headerBytes + bytes) throw new Error(`${file} is too short: ${all.length} bytes`);
  return all.subarray(headerBytes, headerBytes + bytes);
}

function readSet(folder, name, count) {
  return { images: readIdx(path.join(folder, `${name}-images-idx3-ubyte`), 0x803, 16, count * pixels),
           labels: readIdx(path.join(folder, `${name}-labels-idx1-ubyte`), 0x801, 8, count) };
}

const [folder, out] = process.argv.slice(2);
if (!out) {
  console.error('usage: pack-mnist.mjs FOLDER-OF-MNIST|none OUT');
  process.exit(2);
}
fs.mkdirSync(out, { recursive: true });
const file = 'mnist.bin.gz';
let manifest = { mnist: null };
if (folder !== 'none') {
  const train = readSet(folder, 'train', trainCount), test = readSet(folder, 't10k', testCount);
  const packed = zlib.gzipSync(Buffer.concat([train.images, test.images, train.labels, test.labels]), { level: 9 });
  fs.writeFileSync(path.join(out, file), packed);
  manifest = { mnist: { file, train: trainCount, test: testCount } };
}
fs.writeFileSync(path.join(out, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
