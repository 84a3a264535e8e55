// The tensors: the input with the window and the taps, the filters, the output as it fills.
const MOST_MARGIN = 8;

class TensorsView {
  constructor(page) {
    this.page = page;
    this.views = ['x', 'w', 'y'].map(name => {
      const canvas = find(`tensor-${name}`);
      const view = { name, canvas, title: find(`title-${name}`), base: null };
      canvas.onmousemove = event => this.hover(view, event);
      return view;
    });
    const y = this.views[2];
    y.canvas.onclick = event => {
      const output = this.index(y, event);
      if (output !== null) page.selectOutput(output);
    };
  }

  // The index of the number under the mouse.
  index(view, { offsetX, offsetY }) {
    const hit = view.planes && view.planes.hit(offsetX, offsetY);
    if (!hit) return null;
    const { fixed, from } = view;
    const place = view.name === 'w' ? [fixed, hit.plane, hit.row, hit.column]
      : [fixed, from + hit.plane, hit.row, hit.column];
    return this.page.trace.tensors[view.name].index(place);
  }

  hover(view, event) {
    const index = this.index(view, event);
    const { trace, words } = this.page;
    const value = index === null ? undefined : trace.tensors[view.name].at(index);
    if (value === undefined) {
      view.canvas.title = '';
    } else if (view.name === 'y') {
      const left = trace.left[trace.tensors.y.offset(trace.tensors.y.place(index))];
      view.canvas.title = `${words.name('y', index)} = ${words.result(value)}, left in cycle ${left}`;
    } else {
      view.canvas.title = `${words.name(view.name, index)} = ${words.number(view.name, value)}`;
    }
  }

  resize() {
    const panel = find('tensors');
    this.room = Math.max(120, panel.clientWidth - 24);
    const wide = getComputedStyle(find('main')).getPropertyValue('--wide').trim() === '1';
    const height = wide ? panel.clientHeight - 130 : 900;
    const { x, w, y } = this.page.trace.tensors;
    const channels = w.size[1]; // those of a group
    const sets = [[x, channels], [w, channels], [y, y.size[1]]].map(([tensor, count]) =>
      this.planes(tensor, count));
    this.most = Planes.heights(sets, this.room, height);
    for (const view of this.views) view.asked = null;
    const { outputs, firstTile, tileStarts, tilePieces, pieces, cols } = this.page.trace;
    const begun = this.begun = new Float64Array(y.values.length).fill(Infinity);
    outputs.forEach((list, tile) => list.forEach((output, pe) => {
      if (output < 0) return;
      const at = y.offset(y.place(output));
      const piece = pieces[tilePieces[tile + firstTile]];
      const start = tileStarts[tile + firstTile] + piece.delay[Math.floor(pe / cols)];
      if (at >= 0) begun[at] = Math.min(begun[at], start);
    }));
    this.ranges = { x: peak(x.values), w: peak(w.values), y: peak(y.values) };
  }

  draw() {
    const { page } = this;
    const { trace, cycle, row, col, output } = page;
    const y = trace.tensors.y.place(Math.max(0, output));
    const { groups, dims } = trace.document.layer;
    const channels = trace.tensors.x.size[1] / groups;
    const group = Math.floor(y[1] / (trace.tensors.y.size[1] / groups));
    const now = trace.terms(cycle, row, col);
    const first = now.output === output ? now.terms[0] : undefined;
    const ic = first ? trace.tensors.w.place(first.w)[1] : 0;
    const [vx, vw, vy] = this.views;
    const size = (tensor, dimensions) => dims === 1 ? `${tensor.size[3]}` : `${dimensions}`;
    this.arrange(vx, { fixed: y[0], from: group * channels, count: channels, current: ic,
      label: 'ic', shown: group * channels });
    this.arrange(vw, { fixed: y[1], from: 0, count: channels, current: ic, label: 'ic', shown: 0 });
    this.arrange(vy, { fixed: y[0], from: 0, count: trace.tensors.y.size[1], current: y[1],
      label: 'oc', shown: 0 });
    const { x, w } = trace.tensors;
    const padded = vx.planes.margin.some(Boolean) ? ', with padding' : '';
    setText(vx.title, `x[${y[0]}]: ${plural(channels, 'channel')} of `
      + `${size(x, `${x.size[2]}x${x.size[3]}`)}${padded}`);
    setText(vw.title, `w[${y[1]}]: the filter of output channel ${y[1]}, `
      + `${plural(channels, 'plane')} of ${size(w, `${w.size[2]}x${w.size[3]}`)}`);
    this.drawOperand(vx, now, output, y, first);
    this.drawOperand(vw, now, output, y, first);
    this.drawOutput(vy, y);
  }

  // Cells of padding around the input, as far as there is room.
  margin() {
    const { padding, padding_after: after } = this.page.trace.document.layer;
    const margin = [...padding, ...after];
    return Math.max(...margin) > MOST_MARGIN ? [0, 0, 0, 0] : margin;
  }

  planes(tensor, count, labels) {
    const [, , height, width] = tensor.size;
    const margin = tensor === this.page.trace.tensors.x ? this.margin() : [0, 0, 0, 0];
    return new Planes({ count, height, width, margin, labels });
  }

  // Lays the planes of a tensor, if others are to be shown than before.
  arrange(view, { fixed, from, count, current, label, shown }) {
    const [tensor, at] = [this.page.trace.tensors[view.name], this.views.indexOf(view)];
    const asked = [this.page.number, fixed, from, this.page.theme, this.room].join();
    if (view.asked === asked && (view.planes.even || view.current === current)) return;
    Object.assign(view, { asked, current, fixed, from, base: null });
    view.planes = this.planes(tensor, count, plane => `${label} ${shown + plane}`);
    view.planes.lay(this.room, this.most[at], current);
  }

  shownPlanes(view) {
    return [...view.planes.places.keys()].filter(plane => view.planes.places[plane]);
  }

  // What does not change from cycle to cycle is drawn once.
  operandBase(view) {
    if (view.base) return view.base;
    const { trace, words, colors } = this.page;
    const base = view.base = document.createElement('canvas');
    const context = sized(base, this.room, Math.ceil(view.planes.bottom) + 2);
    const tensor = trace.tensors[view.name];
    const shades = colors.shades[view.name];
    for (const plane of this.shownPlanes(view)) {
      view.planes.paint(context, plane, (row, column, numbers) => {
        const place = this.repeated(tensor, row, column);
        if (!place) {
          return [colors.outside, numbers ? words.number('x', trace.document.outside) : ''];
        }
        const at = tensor.offset([view.fixed, view.from + plane, ...place]);
        if (at < 0) return [colors.absent, ''];
        const value = tensor.values[at];
        const margin = place[0] !== row || place[1] !== column;
        return [margin ? colors.outside : shade(shades, value, this.ranges[view.name]),
          numbers ? words.number(view.name, value) : ''];
      }, colors, words.number(view.name, -this.ranges[view.name]).length);
      view.planes.label(context, plane, colors, false);
    }
    return base;
  }

  // The row and the column whose number is at a place; in the margin by the mode of padding, or null.
  repeated(tensor, row, column) {
    const { padding_mode: mode } = this.page.trace.document.layer;
    const place = [row, column].map((at, axis) => {
      const extent = tensor.size[axis + 2];
      if (mode === 'reflect') return at < 0 ? -at : at >= extent ? 2 * extent - 2 - at : at;
      if (mode === 'replicate') return Math.max(0, Math.min(extent - 1, at));
      return mode === 'circular' ? (at + extent) % extent : at;
    });
    return place.every((at, axis) => at >= 0 && at < tensor.size[axis + 2]) ? place : null;
  }

  drawOperand(view, now, output, y, first) {
    const { trace, words, colors, playing } = this.page;
    const base = this.operandBase(view);
    const height = Math.ceil(view.planes.bottom) + 2;
    const context = sized(view.canvas, this.room, height);
    context.clearRect(0, 0, this.room, height);
    context.drawImage(base, 0, 0, this.room, height);
    const place = term => trace.tensors[view.name].place(term[view.name]);
    const terms = first ? now.terms.filter(term => term[view.name] >= 0) : [];
    if (view.name === 'x' && output >= 0) this.frameWindow(context, view, y, terms.map(place));
    if (view.name === 'x') this.frameOthers(context, view, y, colors);
    for (const [, channel, row, column] of terms.map(place)) {
      const plane = channel - view.from;
      view.planes.frame(context, plane, [row, column, 1, 1], colors[view.name], 3);
      if (view.planes.places[plane]) view.planes.label(context, plane, colors, true);
    }
    if (playing) return;
    const taps = terms.map(term =>
      `${words.name(view.name, term[view.name])} = ${words.number(view.name,
        view.name === 'x' ? term.a : term.b)}`);
    setLabel(view.canvas, `${view.title.textContent}. ${taps.length ? `Now: ${taps.join(', ')}` : ''}`);
  }

  frameWindow(context, view, y, taps) {
    const { layer } = this.page.trace.document;
    const { stride, padding, dilation } = layer;
    const [, , kx, ky] = this.page.trace.tensors.w.size;
    const current = new Set(taps.map(([, channel]) => channel - view.from));
    const window = [y[2] * stride[0] - padding[0], y[3] * stride[1] - padding[1],
      (kx - 1) * dilation[0] + 1, (ky - 1) * dilation[1] + 1];
    for (const plane of this.shownPlanes(view)) {
      const strong = current.has(plane);
      view.planes.frame(context, plane, window,
        strong ? this.page.colors.y : this.page.colors.faint, strong ? 2 : 1);
    }
  }

  // The taps of the other rows.
  frameOthers(context, view, y, colors) {
    const { trace, cycle, col, row: focus } = this.page;
    for (let row = 0; row < trace.rows; row++) {
      if (row === focus) continue;
      for (const term of trace.terms(cycle, row, col).terms) {
        if (term.x < 0) continue;
        const [n, channel, r, c] = trace.tensors.x.place(term.x);
        const plane = channel - view.from;
        if (n !== y[0] || !view.planes.places[plane]) continue;
        view.planes.frame(context, plane, [r, c, 1, 1], colors.x, 1);
        const { cell } = view.planes.places[plane];
        if (cell < NUMBER_CELL) continue;
        const [px, py] = view.planes.corner(plane, r, c);
        context.font = `8px ${FONT}`;
        [context.textAlign, context.textBaseline] = ['right', 'top'];
        context.fillStyle = colors.x;
        context.fillText(`r${row}`, px + cell - 1, py + 2);
      }
    }
  }

  drawOutput(view, y) {
    const { trace, words, colors, cycle, output, playing } = this.page;
    const tensor = trace.tensors.y;
    const height = Math.ceil(view.planes.bottom) + 2;
    const context = sized(view.canvas, this.room, height);
    context.clearRect(0, 0, this.room, height);
    const sums = new Map();
    for (let row = 0; row < trace.rows; row++) {
      for (let col = 0; col < trace.cols; col++) {
        const owner = trace.owner(cycle, row, col);
        if (owner < 0) continue;
        const wrong = trace.wrong(cycle, row, col) ? '≠' : '';
        sums.set(owner, [trace.sum(cycle, row, col) + (sums.get(owner) || [0])[0], wrong]);
      }
    }
    for (const plane of this.shownPlanes(view)) {
      view.planes.paint(context, plane, (row, column, numbers) => {
        const place = [view.fixed, plane, row, column];
        const at = tensor.offset(place);
        if (at < 0) return [colors.absent, ''];
        if (trace.left[at] <= cycle) {
          const value = tensor.values[at];
          const wrong = trace.expected.size && trace.expected.has(tensor.index(place));
          return [wrong ? colors.wrong : shade(colors.shades.y, value, this.ranges.y),
            numbers ? (wrong ? '≠' : '') + words.result(value) : ''];
        }
        if (this.begun[at] > cycle) return [colors.absent, ''];
        const found = numbers && sums.get(tensor.index(place));
        return [colors.working, found ? found[1] + words.number('y', found[0]) : ''];
      }, colors, words.result(trace.document.requantized ? this.ranges.y : -this.ranges.y).length);
      view.planes.label(context, plane, colors, plane === y[1]);
    }
    if (output >= 0 && y[0] === view.fixed) {
      view.planes.frame(context, y[1], [y[2], y[3], 1, 1], colors.y, 3);
    }
    const left = atMost(this.sortedLeft(trace), cycle);
    const part = trace.left.length < tensor.total ? ' of this part' : '';
    setText(view.title, `y[${view.fixed}]: ${left.toLocaleString('en')} of `
      + `${trace.left.length.toLocaleString('en')} outputs${part} have left`);
    if (!playing) setLabel(view.canvas, `${view.title.textContent}. Choose one to see its products.`);
  }

  sortedLeft(trace) {
    if (!trace.sortedLeft) trace.sortedLeft = Float64Array.from(trace.left).sort();
    return trace.sortedLeft;
  }
}

// The greatest magnitude.
function peak(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
}

// The colour of a number among shades from the lowest to the highest.
function shade(shades, value, most) {
  const middle = (shades.length - 1) / 2;
  return shades[Math.round(middle + middle * Math.sign(value) * Math.sqrt(Math.abs(value) / most))];
}

function plural(count, noun) { return `${count} ${noun}${count === 1 ? '' : 's'}`; }
