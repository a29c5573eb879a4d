// Numbers in words, for the page.

export const names = ['plain', 'batch norm'];

export function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : 'NaN';
}

export function figure(value) {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 10_000)) {
    const [digits, power] = value.toExponential(1).split('e');
    return `${digits}·10${superscript(Number(power))}`;
  }
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
}

/** With two digits, where there is little room. */
export function short(value) {
  const size = Math.abs(value);
  return size >= 0.01 && size < 10 ? value.toPrecision(2) : figure(value);
}

export function superscript(power) {
  return String(power).replace(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]));
}

export function thousands(count) {
  return count.toLocaleString('en');
}
