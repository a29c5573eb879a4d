// Runs in the page: the contrast (WCAG 2.1) of all texts against what they stand on, and of the charts' colours.
export function contrasts() {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (front, back) => front.slice(0, 3).map((value, i) => value * front[3] + back[i] * (1 - front[3]));
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour[3] === 1 ? colour.slice(0, 3) : over(colour, ground(element.parentElement));
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    // Controls that cannot be used need not stand out (WCAG 1.4.3).
    if (!text || element.closest(':disabled, .visually-hidden') || element.parentElement.querySelector(':scope > input:disabled')) continue;
    const style = getComputedStyle(element), back = ground(element);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    found.push({ text, ratio: ratio(over(rgba(style.color), back), back), least });
  }
  const root = getComputedStyle(document.documentElement);
  const named = (name) => rgba(root.getPropertyValue(`--${name}`)).slice(0, 3);
  for (const [name, least] of [['plain', 3], ['normalized', 3], ['plain-text', 4.5], ['normalized-text', 4.5], ['soft', 4.5], ['ink', 4.5]])
    for (const back of ['card', 'ground', 'faint'])
      if (back === 'card' || name === 'soft' || least === 3) found.push({ text: `--${name} on --${back}`, ratio: ratio(named(name), named(back)), least });
  return found;
}
