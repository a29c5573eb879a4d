// The packed digits that demo/tools/pack-mnist.mjs writes.

/** What there is: {mnist: null} or {mnist: {file, train, test}}. */
export async function readManifest() {
  const answer = await fetch(new URL('../digits/manifest.json', import.meta.url));
  return answer.ok ? answer.json() : { mnist: null };
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Images, labels and how many are for training. */
export async function readMnist({ file, train, test }) {
  const answer = await fetch(new URL(`../digits/${file}`, import.meta.url));
  if (!answer.ok) throw new Error(`${file} cannot be had: ${answer.status}`);
  let bytes = new Uint8Array(await answer.arrayBuffer());
  // Some servers name the compression as one of the transport, and the browser has undone it then.
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await inflated(bytes);
  const count = train + test;
  if (bytes.length !== count * 785) throw new Error(`${file} has ${bytes.length} bytes; expected ${count * 785}`);
  return { images: bytes.subarray(0, count * 784), labels: bytes.subarray(count * 784), train };
}
