// The numbers of a page's plots: node numbers_test.mjs. They read as those of the plots that cairo draws, whose tests
// (tests/apps/plot.cpp) expect the same.
import assert from 'node:assert/strict';
import test from 'node:test';
import { levels, pathThrough, runs } from '../../../apps/common/page/elements.mjs';
import { colourAt, edgesOf } from '../../../apps/common/page/heat.mjs';
import { compactText, numberText, place, rangeOf, ticks } from '../../../apps/common/page/numbers.mjs';

const labels = (low, high, logarithmic, count) => ticks({ low, high }, logarithmic, count).map(({ label }) => label);

test('ticks stand at round numbers, labelled with as many digits as they need', () => {
  assert.deepEqual(labels(0, 1, false, 6), ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  assert.deepEqual(labels(0, 5000, false, 8), ['0', '1,000', '2,000', '3,000', '4,000', '5,000']);
  assert.deepEqual(labels(-1, 1, false, 3), ['−1', '0', '1']);
  assert.deepEqual(labels(-0.013, 0.011, false, 4), ['−0.01', '0.00', '0.01']);
  assert.deepEqual(labels(0, 3e7, false, 3), ['0', '1×10⁷', '2×10⁷', '3×10⁷']);
  assert.deepEqual(labels(-5e-6, 5e-6, false, 4), ['−5×10⁻⁶', '0', '5×10⁻⁶']);
});

test('logarithmic ticks stand at powers of ten, or closer where a range spans no two', () => {
  assert.deepEqual(labels(1e-3, 1, true, 6), ['10⁻³', '10⁻²', '10⁻¹', '10⁰']);
  assert.deepEqual(labels(1e-10, 1, true, 6), ['10⁻¹⁰', '10⁻⁸', '10⁻⁶', '10⁻⁴', '10⁻²', '10⁰']);
  assert.deepEqual(labels(0.15, 6, true, 6), ['0.2', '0.5', '1', '2', '5']);
  assert.deepEqual(labels(1.2, 1.9, true, 4), ['1.2', '1.4', '1.6', '1.8']);
});

test('numbers are written for readers', () => {
  assert.deepEqual([0, 1200, -12345.678, 0.96234, 2.5e-7, -3e12].map(numberText), ['0', '1,200', '−12,345.678', '0.96234', '2.5×10⁻⁷', '−3×10¹²']);
  assert.deepEqual(['NaN', 'inf', '-inf', undefined].map(numberText), ['NaN', '∞', '−∞', 'NaN']);
  assert.deepEqual([0, 0.25, 950, 999.99, 1200, 34e6, 2e9].map(compactText), ['0', '0.25', '950', '1k', '1.2k', '34M', '2G']);
});

test('values have their place in a range, others none', () => {
  assert.equal(place(3, { low: 1, high: 5 }, false), 0.5);
  assert.ok(Math.abs(place(0.1, { low: 0.01, high: 1 }, true) - 0.5) < 1e-12);
  assert.ok(Number.isNaN(place(0, { low: 0.01, high: 1 }, true)));
  assert.ok(Number.isNaN(place('NaN', { low: 0, high: 1 }, false)));
});

test('an axis without a range spans its values, with some room around them', () => {
  assert.deepEqual(rangeOf({}, [0, 'NaN', 10, 'inf']), { low: -0.5, high: 10.5 });
  assert.deepEqual(rangeOf({}, []), { low: 0, high: 1 });
  assert.deepEqual(rangeOf({ logarithmic: true }, [0.02, -1, 0, 5]), { low: 0.01, high: 10 });
  assert.deepEqual(rangeOf({ range: { low: 2, high: 3 } }, [0]), { low: 2, high: 3 });
});

test('a path is broken where a point is not finite', () => {
  assert.equal(pathThrough([[0, 1], [2, 3], [4, NaN], [5, 6]]), 'M0 1L2 3M5 6');
  assert.deepEqual(runs(5, (i) => i !== 2), [[0, 2], [3, 5]]);
});

test('stretches that would touch are on different levels', () => {
  const stretch = (low, high) => ({ low, high });
  assert.deepEqual(levels([stretch(0, 10), stretch(5, 15), stretch(7, 9), stretch(15, 20)], 5), [0, 1, 2, 0]);
});

test('cells reach half-way to their neighbours, and have the colours between those given', () => {
  assert.deepEqual(edgesOf([1, 3, 7]), [0, 2, 5, 9]);
  assert.deepEqual(edgesOf([4]), [3.5, 4.5]);
  assert.equal(colourAt(['#000000', '#ff0000', '#ffffff'], 0.5), 'rgb(255 0 0)');
  assert.equal(colourAt(['#000000', '#ff0000', '#ffffff'], 0.25), 'rgb(128 0 0)');
  assert.equal(colourAt(['#000000', '#ff0000', '#ffffff'], 7), 'rgb(255 255 255)');
});
