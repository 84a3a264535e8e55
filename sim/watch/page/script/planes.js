// Planes of a tensor on a canvas: one beside the other, or one large and the others small.
const SMALLEST_LETTER = 6;
const LARGEST_CELL = 30, SMALLEST_EVEN = 9, NUMBER_CELL = 17, GAP = 10, LABEL = 14;
const TALLEST = 380;

class Planes {
  // The height of each of several sets of planes, so that all have room: the tallest shrinks first.
  static heights(sets, room, most) {
    const cells = sets.map(() => LARGEST_CELL);
    const tall = i => Math.min(TALLEST, sets[i].evenly(cells[i], room).bottom);
    for (;;) {
      const heights = sets.map((_, i) => tall(i));
      const total = heights.reduce((sum, one) => sum + one);
      if (total <= most) return heights;
      const shrinks = sets.map((_, i) => i).filter(i => cells[i] > SMALLEST_EVEN);
      if (!shrinks.length) return heights.map(one => Math.max(48, one * most / total));
      cells[shrinks.reduce((a, b) => heights[b] > heights[a] ? b : a)]--;
    }
  }

  // `margin`: cells around each plane, [top, left, bottom, right].
  constructor({ count, height, width, margin, labels }) {
    Object.assign(this, { count, height, width, margin, labels });
    this.tall = height + margin[0] + margin[2];
    this.wide = width + margin[1] + margin[3];
  }

  // Places all planes within so many pixels; `current` is the one that is large, if not all are.
  lay(room, most, current) {
    this.places = [];
    this.even = true; // all of the same size
    for (let cell = LARGEST_CELL; cell >= SMALLEST_EVEN; cell--) {
      if (this.layEvenly(cell, room, most)) return;
    }
    this.even = this.count === 1;
    const cell = Math.min(LARGEST_CELL, room * (this.count > 1 ? 0.56 : 1) / this.wide,
      (most - LABEL) / this.tall);
    const large = cell > 2 ? Math.floor(cell) : cell;
    this.places[current] = { left: 0, top: LABEL, cell: large };
    const left = large * this.wide + GAP * 1.5;
    this.laySmall(left, room - left, most, current);
    this.bottom = Math.max(LABEL + large * this.tall, this.bottom);
  }

  // How many planes of such cells lie beside each other, and the height of all.
  evenly(cell, room) {
    const [width, height] = [cell * this.wide + GAP, cell * this.tall + LABEL + 4];
    const across = Math.min(this.count, Math.floor((room + GAP) / width));
    return { width, height, across, bottom: across ? Math.ceil(this.count / across) * height : Infinity };
  }

  layEvenly(cell, room, most) {
    const { width, height, across, bottom } = this.evenly(cell, room);
    if (bottom > most) return false;
    for (let i = 0; i < this.count; i++) {
      this.places[i] = {
        left: (i % across) * width, top: Math.floor(i / across) * height + LABEL, cell,
      };
    }
    this.bottom = bottom;
    return true;
  }

  laySmall(left, room, most, current) {
    this.bottom = 0;
    let cell = 3, across, height, width;
    const lay = () => {
      width = cell * this.wide + 6;
      height = cell * this.tall + LABEL + 2;
      across = Math.max(1, Math.floor(room / width));
      return Math.ceil(this.count / across) * height <= most && width <= room;
    };
    while (!lay() && cell > 0.25) cell = cell > 1 ? cell - 0.5 : cell / 2;
    const fit = across * Math.max(1, Math.floor(most / height));
    const from = this.count <= fit ? 0
      : Math.max(0, Math.min(this.count - fit, current - Math.floor(fit / 2)));
    const to = Math.min(this.count, from + fit);
    if (width > room) return;
    for (let i = from, k = 0; i < to; i++) {
      if (i === current) continue;
      this.places[i] = {
        left: left + (k % across) * width, top: Math.floor(k / across) * height + LABEL, cell,
      };
      k++;
      this.bottom = Math.max(this.bottom, this.places[i].top + cell * this.tall);
    }
  }

  // Draws a plane: `at(row, column)` is a cell's [colour, text], row and column without margin.
  paint(context, plane, at, colors, letters) {
    const { left, top, cell } = this.places[plane];
    const pixels = Planes.image(this.wide, this.tall);
    const words = new Uint32Array(pixels.data.buffer);
    const texts = [];
    const numbers = cell >= NUMBER_CELL && letterSize(cell, letters) >= SMALLEST_LETTER;
    let i = 0;
    for (let row = -this.margin[0]; row < this.tall - this.margin[0]; row++) {
      for (let column = -this.margin[1]; column < this.wide - this.margin[1]; column++, i++) {
        const [color, text] = at(row, column, numbers);
        words[i] = color;
        if (numbers && text) texts.push([row, column, text]);
      }
    }
    context.imageSmoothingEnabled = false;
    context.drawImage(Planes.canvas(pixels), left, top, cell * this.wide, cell * this.tall);
    if (cell >= 7) this.lines(context, left, top, cell, colors);
    this.text(context, texts, plane, colors);
  }

  static image(width, height) {
    const key = `${width} ${height}`;
    if (Planes.key !== key) {
      Planes.key = key;
      Planes.pixels = new ImageData(width, height);
      Planes.buffer = document.createElement('canvas');
      [Planes.buffer.width, Planes.buffer.height] = [width, height];
    }
    return Planes.pixels;
  }

  static canvas(pixels) {
    Planes.buffer.getContext('2d').putImageData(pixels, 0, 0);
    return Planes.buffer;
  }

  lines(context, left, top, cell, colors) {
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.beginPath();
    for (let row = 0; row <= this.tall; row++) {
      context.moveTo(left, top + row * cell + 0.5);
      context.lineTo(left + this.wide * cell + 0.5, top + row * cell + 0.5);
    }
    for (let column = 0; column <= this.wide; column++) {
      context.moveTo(left + column * cell + 0.5, top);
      context.lineTo(left + column * cell + 0.5, top + this.tall * cell);
    }
    context.stroke();
  }

  text(context, texts, plane, colors) {
    const { cell } = this.places[plane];
    context.fillStyle = colors.text;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (const [row, column, text] of texts) {
      const size = Math.min(11, letterSize(cell, text.length));
      if (size < SMALLEST_LETTER) continue; // a sum on its way, longer than all results
      context.font = `${size}px ${FONT}`;
      const [x, y] = this.corner(plane, row, column);
      context.fillText(text, x + cell / 2, y + cell / 2 + 1);
    }
  }

  // Its number, and where there is room what the number counts.
  label(context, plane, colors, strong) {
    const { left, top, cell } = this.places[plane];
    const room = cell * this.wide / 6.2;
    const texts = [this.labels(plane), this.labels(plane).split(' ')[1]];
    const text = texts.find(one => one.length <= room || this.count === 1);
    if (!text) return;
    context.fillStyle = strong ? colors.text : colors.dim;
    context.font = `${strong ? 'bold ' : ''}10px ${FONT}`;
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    context.fillText(text, left, top - 3);
  }

  corner(plane, row, column) {
    const { left, top, cell } = this.places[plane];
    return [left + (column + this.margin[1]) * cell, top + (row + this.margin[0]) * cell];
  }

  // A border around cells.
  frame(context, plane, [row, column, height, width], color, thick) {
    if (!this.places[plane]) return;
    const { cell } = this.places[plane];
    const [x, y] = this.corner(plane, row, column);
    const line = Math.min(thick, Math.max(1, cell / 2));
    context.strokeStyle = color;
    context.lineWidth = line;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(2, width * cell), Math.max(2, height * cell));
  }

  // The plane and the cell at a point of the canvas, or null.
  hit(x, y) {
    for (let plane = 0; plane < this.count; plane++) {
      if (!this.places[plane]) continue;
      const { left, top, cell } = this.places[plane];
      const column = Math.floor((x - left) / cell) - this.margin[1];
      const row = Math.floor((y - top) / cell) - this.margin[0];
      if (x >= left && y >= top && row >= 0 && column >= 0
        && row < this.height && column < this.width) return { plane, row, column };
    }
    return null;
  }
}

// The size of letters of which so many fit into a cell.
function letterSize(cell, letters) { return (cell - 3) / letters / 0.6; }
