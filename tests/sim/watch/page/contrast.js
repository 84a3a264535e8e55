// The contrast of each text with what lies behind it, where it is less than 4.5.
() => {
  const channel = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = color => {
    const [r, g, b] = color.map(value => channel(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const over = (colors) => {
    context.clearRect(0, 0, 1, 1);
    for (const color of colors) { context.fillStyle = color; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const wrong = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue;
    if (!element.getClientRects().length) continue;
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const ground = over(['#fff', ...behind]);
    const text = over([`rgb(${ground})`, getComputedStyle(element).color]);
    const found = contrast(ground, text);
    if (found < 4.5) wrong.push(`${found.toFixed(2)}: ${texts.currentNode.textContent.trim().slice(0, 40)}`);
  }
  const { colors } = window.convolith;
  const unpacked = word => [word & 255, word >> 8 & 255, word >> 16 & 255];
  const text = over([colors.text]);
  for (const shade of [...colors.shades.x, ...colors.shades.w, ...colors.shades.y, colors.working,
    colors.absent, colors.outside, colors.wrong]) {
    const found = contrast(unpacked(shade), text);
    if (found < 4.5) wrong.push(`${found.toFixed(2)}: a number on the shade ${unpacked(shade)}`);
  }
  return wrong;
}
