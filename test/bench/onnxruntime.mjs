// Times a model with ONNX Runtime:  node onnxruntime.mjs MODEL INPUTS.json THREADS WARMUP RUNS
// INPUTS.json: [{name, type, dims, file}], file holding the elements as they lie in memory. Prints one JSON object:
// p50_ms of the runs, first_ms of the session's making and its first run together, and memory_kb, which is by how much
// this process grew at most from before the library was loaded.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const status = (name) => +readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${name}:\\s*(\\d+)`))[1];
const before = status('VmRSS');
const ort = createRequire(process.env.COIL_ORT + '/')('onnxruntime-node');
const [model, inputs, threads, warmup, runs] = process.argv.slice(2);
const arrays = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, int8: Int8Array, int16: Int16Array, int32: Int32Array,
  int64: BigInt64Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array,
  bool: Uint8Array,
};
const feeds = {};
for (const { name, type, dims, file } of JSON.parse(readFileSync(inputs))) {
  const bytes = readFileSync(file);
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  feeds[name] = new ort.Tensor(type, new arrays[type](copy), dims);
}
const created = performance.now();
const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: +threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
});
const times = [];
let first = 0;
for (let i = 0; i < +warmup + +runs; ++i) {
  const start = performance.now();
  await session.run(feeds);
  times.push(performance.now() - start);
  first ||= performance.now() - created;
}
const measured = times.slice(+warmup).sort((a, b) => a - b);
console.log(JSON.stringify({
  p50_ms: measured[Math.floor(measured.length / 2)], first_ms: first, memory_kb: status('VmHWM') - before,
}));
