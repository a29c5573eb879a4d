// Runs the models that write_models wrote in onnxruntime, and compares what they give:
//
//   node run_onnxruntime.mjs FOLDER
//
// The npm package onnxruntime-node is looked for in $XGRAD_NODE_MODULES (a folder node_modules), else beside this file.
// Exits with 77 where it is not there.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const modules = process.env.XGRAD_NODE_MODULES ?? path.join(path.dirname(new URL(import.meta.url).pathname), 'node_modules');
let ort;
try {
  ort = createRequire(path.join(modules, 'x.js'))('onnxruntime-node');
} catch {
  console.log('skipped: onnxruntime-node was not found; set XGRAD_NODE_MODULES to the node_modules that holds it');
  process.exit(77);
}

function readTensors(file) {
  const bytes = fs.readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const result = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const data = bytes.buffer.slice(bytes.byteOffset + 8 + length + entry.data_offsets[0],
                                    bytes.byteOffset + 8 + length + entry.data_offsets[1]);
    result[name] = entry.dtype === 'I64' ? new ort.Tensor('int64', new BigInt64Array(data), entry.shape)
                                         : new ort.Tensor('float32', new Float32Array(data), entry.shape);
  }
  return result;
}

const folder = process.argv[2];
let compared = 0, failed = 0;
for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.safetensors')).sort()) {
  const model = file.split('.')[0];
  const { output: expected, ...inputs } = readTensors(path.join(folder, file));
  const session = await ort.InferenceSession.create(path.join(folder, model + '.onnx'));
  const { output } = await session.run(inputs);
  let error = output.dims.join() === expected.dims.join() ? 0 : Infinity;
  for (let i = 0; i < expected.data.length; ++i)
    error = Math.max(error, Math.abs(output.data[i] - expected.data[i]) / (1 + Math.abs(expected.data[i])));
  const right = error <= 1e-5;
  console.log(`${right ? 'right' : 'WRONG'} ${file}: largest error ${error.toExponential(2)}`);
  ++compared;
  failed += right ? 0 : 1;
}
console.log(`${compared - failed} of ${compared} are right`);
process.exit(compared > 0 && failed === 0 ? 0 : 1);
