// Numbers as readers see them, and where they lie on an axis.

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function powerOfTen(exponent) {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => superscripts[digit]);
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

function grouped(text) {
  const [, sign, whole, rest] = /^(-?)(\d+)(.*)$/.exec(text);
  return (sign ? '−' : '') + whole.replace(/\B(?=(\d{3})+$)/g, ',') + rest;
}

/** "1,200", "0.96234", "−2.5×10⁻⁷"; what is not finite comes as text: "NaN", "inf", "-inf". */
export function numberText(value) {
  if (typeof value !== 'number') return { inf: '∞', '-inf': '−∞' }[value] ?? 'NaN';
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e-4 && size < (Number.isInteger(value) ? 1e9 : 1e6)) return grouped(String(value));
  const [mantissa, exponent] = value.toExponential().split('e');
  return `${grouped(String(Number(Number(mantissa).toPrecision(6))))}×${powerOfTen(Number(exponent))}`;
}

/** In little room: "0.25", "950", "1.2k", "34M". */
export function compactText(value) {
  const size = Math.abs(value);
  if (size < 999.95) return numberText(Number(value.toPrecision(4)));
  const [divisor, unit] = size < 999.5e3 ? [1e3, 'k'] : size < 999.5e6 ? [1e6, 'M'] : [1e9, 'G'];
  return numberText(Number((value / divisor).toPrecision(3))) + unit;
}

/** Where a value lies in a range: 0 at its low end, 1 at its high one, NaN where it has no place. */
export function place(value, range, logarithmic) {
  if (typeof value !== 'number' || (logarithmic && !(value > 0))) return NaN;
  const { low, high } = range;
  return logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

const exponentOf = (value) => Math.floor(Math.log10(value) + 1e-9);

function scientific(value, exponent, decimals) {
  if (value === 0) return '0';
  return `${grouped((value / 10 ** exponent).toFixed(decimals))}×${powerOfTen(exponent)}`;
}

function linearTicks({ low, high }, count) {
  const rough = (high - low) / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * [1, 2, 5, 10].find((multiple) => multiple * magnitude >= rough * (1 - 1e-9));
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const large = largest >= 1e7 || step < 0.9e-4;
  const exponent = exponentOf(largest);
  const decimals = Math.max(0, (large ? exponent : 0) - exponentOf(step));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) {
    const value = i * step + 0;
    ticks.push({ value, label: large ? scientific(value, exponent, decimals) : grouped(value.toFixed(decimals)) });
  }
  return ticks;
}

function logarithmicTicks({ low, high }, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const ticks = [];
  if (last - first < 1) {
    for (let exponent = first - 1; exponent <= last; ++exponent)
      for (const multiple of [1, 2, 5]) {
        const value = multiple * 10 ** exponent;
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
          ticks.push({ value, label: numberText(Number(value.toPrecision(1))) });
      }
    return ticks.length < 3 ? linearTicks({ low, high }, count) : ticks;
  }
  const step = Math.max(1, Math.ceil((last - first) / count));
  for (let exponent = last; exponent >= first; exponent -= step)
    ticks.unshift({ value: 10 ** exponent, label: powerOfTen(exponent) });
  return ticks;
}

/** About `count` ticks at round numbers, with labels that tell them apart. */
export function ticks(range, logarithmic, count) {
  return logarithmic ? logarithmicTicks(range, count) : linearTicks(range, count);
}

/** The range that an axis gives, or that of the values with some room around it, never empty. */
export function rangeOf(axis, values) {
  if (axis.range) return axis.range;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (typeof value !== 'number' || (axis.logarithmic && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return axis.logarithmic ? { low: 0.1, high: 1 } : { low: 0, high: 1 };
  if (axis.logarithmic)
    return { low: 10 ** Math.floor(Math.log10(low)), high: 10 ** (Math.floor(Math.log10(high)) + 1) };
  const room = low === high ? Math.max(1e-6, Math.abs(low) * 0.1) : (high - low) * 0.05;
  return { low: low - room, high: high + room };
}
