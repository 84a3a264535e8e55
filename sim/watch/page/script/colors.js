// The theme's colours, as the canvases need them.
const SHADES = 15;

function themeColors() {
  const style = getComputedStyle(document.documentElement);
  const css = name => style.getPropertyValue(`--${name}`).trim();
  const [ground, x, w, y, minus] = ['panel', 'x', 'w', 'y', 'minus'].map(name => rgb(css(name)));
  const scale = (low, high, most) => Array.from({ length: SHADES }, (_, i) => {
    const share = (i - (SHADES - 1) / 2) / ((SHADES - 1) / 2);
    return packed(mix(ground, share < 0 ? low : high, Math.abs(share) * most));
  });
  return {
    x: css('x'), w: css('w'), y: css('y'), text: css('text'), dim: css('dim'), line: css('line'),
    faint: css('faint'), fault: css('fault'), busy: css('faint'),
    tiles: [css('tile-even'), css('tile-odd')], absent: packed(rgb(css('absent'))), ground: css('absent'),
    outside: packed(rgb(css('outside'))), working: packed(mix(ground, y, 0.16)),
    wrong: packed(mix(ground, rgb(css('fault')), 0.4)),
    shades: { x: scale(x, x, 0.45), w: scale(w, w, 0.45), y: scale(minus, y, 0.45) },
  };
}

function rgb(hex) { return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)); }

function mix(one, other, share) {
  return one.map((value, i) => Math.round(value + (other[i] - value) * share));
}

// As a number of a canvas's pixel.
function packed([red, green, blue]) { return (255 << 24 | blue << 16 | green << 8 | red) >>> 0; }
