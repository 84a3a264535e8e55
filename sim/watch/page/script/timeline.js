// The whole run along one axis of cycles: tiles by row, busy PEs, memory reads, rows out, faults.
const AXIS = 14, SIDE = 52, BUSY = 12, LINE = 3;

class Timeline {
  constructor(page) {
    this.page = page;
    this.canvas = find('timeline');
    this.cursor = find('cursor');
    this.end = Math.max(...page.traces.map(trace => trace.document.cycles));
    this.reset();
    const seek = event => {
      if (event.buttons & 1) page.go({ cycle: Math.round(this.cycleAt(event.offsetX)) });
    };
    this.canvas.onpointerdown = event => {
      this.canvas.setPointerCapture(event.pointerId);
      seek(event);
    };
    this.canvas.onpointermove = seek;
    this.canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.7 : 1 / 0.7, this.cycleAt(event.offsetX));
    }, { passive: false });
    find('zoom-in').onclick = () => this.zoom(0.5);
    find('zoom-out').onclick = () => this.zoom(2);
  }

  reset() { [this.from, this.to] = [0.5, this.end + 0.5]; this.drawn = null; }

  zoom(by, at = this.page.cycle) {
    const span = Math.min(this.end, Math.max(10, (this.to - this.from) * by));
    const share = (at - this.from) / (this.to - this.from);
    this.from = Math.max(0.5, Math.min(this.end + 0.5 - span, at - span * Math.max(0, Math.min(1, share))));
    this.to = this.from + span;
    this.page.draw();
  }

  resize() {
    this.width = Math.max(200, this.canvas.parentElement.clientWidth);
    this.drawn = null;
  }

  x(cycle) { return SIDE + (cycle - this.from) / (this.to - this.from) * (this.width - SIDE - 4); }

  cycleAt(x) { return this.from + (x - SIDE) / (this.width - SIDE - 4) * (this.to - this.from); }

  draw() {
    const { cycle } = this.page;
    if (cycle < this.from || cycle > this.to) {
      const span = this.to - this.from;
      this.from = Math.max(0.5, Math.min(this.end + 0.5 - span, cycle - span / 4));
      this.to = this.from + span;
    }
    const key = `${this.from} ${this.to} ${this.width} ${this.page.theme} ${this.page.number}`;
    if (this.drawn !== key) this.drawBase();
    this.drawn = key;
    const left = this.x(cycle - 0.5), width = Math.max(2, this.x(cycle + 0.5) - left);
    this.cursor.style.transform = `translateX(${left}px)`;
    this.cursor.style.width = `${width}px`;
  }

  drawBase() {
    const { traces, colors } = this.page;
    const several = traces.length > 1;
    const heights = traces.map(trace => Math.min(several ? 30 : 44, trace.rows * 12));
    const tall = heights.map(height => height + BUSY + 3 * LINE + 12 + (several ? 13 : 0));
    const height = tall.reduce((a, b) => a + b) + AXIS;
    const context = this.context = sized(this.canvas, this.width, height);
    this.cursor.style.height = `${height - AXIS}px`;
    context.clearRect(0, 0, this.width, height);
    let top = 0;
    traces.forEach((trace, number) => {
      const begin = several ? top + 13 : top;
      if (several) this.say(trace.document.mapping, 0, top + 9, number === this.page.number);
      this.drawTrace(trace, begin, heights[number], colors);
      top += tall[number];
    });
    this.drawAxis(top, colors);
  }

  say(text, x, y, strong) {
    const { context } = this;
    const { colors } = this.page;
    context.font = `${strong ? 'bold ' : ''}10px ${FONT}`;
    context.fillStyle = strong ? colors.text : colors.dim;
    [context.textAlign, context.textBaseline] = ['left', 'alphabetic'];
    context.fillText(text, x, y);
  }

  // Bars of one trace.
  drawTrace(trace, top, height, colors) {
    const { context } = this;
    const each = height / trace.rows;
    this.say(trace.rows > 1 ? 'rows' : 'row 0', 0, top + Math.min(height, 10));
    this.fill(colors.ground, this.from, this.to, top, height);
    if (trace.first > 1 || trace.last < trace.document.cycles) {
      this.fill(colors.line, trace.first - 0.5, trace.last + 0.5, top + height, BUSY);
    }
    trace.tileStarts.forEach((start, tile) => {
      const piece = trace.tilePieces[tile];
      const { delay } = trace.pieces[piece];
      const cycles = trace.document.tiles.cycles[piece];
      const most = Math.max(...delay);
      if (start + cycles + most < this.from || start > this.to) return;
      const outputs = trace.outputs[tile - trace.firstTile];
      const color = colors.tiles[tile % 2];
      for (let row = 0; row < trace.rows; row++) {
        const busy = !outputs || outputs.slice(row * trace.cols, (row + 1) * trace.cols)
          .some(output => output >= 0);
        if (!busy) continue;
        context.globalAlpha = outputs ? 1 : 0.45;
        this.fill(color, start + delay[row] - 0.5, start + delay[row] + cycles - 0.5,
          top + row * each, Math.max(0.75, each - (each > 4 ? 1 : 0)));
      }
      context.globalAlpha = 1;
    });
    this.drawBusy(trace, top + height + 1, colors);
    const reads = top + height + BUSY + 3;
    this.say('reads', 0, reads + 6);
    for (const [memory, at] of [['act', 0], ['weight', 1]]) {
      const read = trace.reads.find(one => one.memory === memory);
      this.ticks(read ? [...read.at.keys()] : [], memory === 'act' ? colors.x : colors.w,
        reads + at * LINE, LINE);
    }
    this.say('out', 0, reads + 15);
    this.ticks(trace.out, colors.y, reads + 2 * LINE + 2, 7);
    const { fault } = trace.document;
    if (!fault) return;
    const marks = [fault.differs && fault.differs.cycle, this.page.firstWrongCycle(trace)];
    context.fillStyle = colors.fault;
    for (const cycle of marks.filter(Boolean)) {
      if (cycle < this.from || cycle > this.to) continue;
      context.fillRect(this.x(cycle) - 1, top, 2, reads + 15 - top);
    }
  }

  // The share of PEs that add, as an area.
  drawBusy(trace, top, colors) {
    const { context } = this;
    this.say('busy', 0, top + 9);
    context.fillStyle = colors.busy;
    const total = trace.rows * trace.cols;
    const from = Math.max(trace.first, Math.floor(this.from));
    const to = Math.min(trace.last, Math.ceil(this.to));
    const step = Math.max(1, Math.floor((this.to - this.from) / this.width));
    for (let cycle = from; cycle <= to; cycle += step) {
      let sum = 0;
      const end = Math.min(to, cycle + step - 1);
      for (let at = cycle; at <= end; at++) sum += trace.active[at - trace.first];
      const height = sum / (end - cycle + 1) / total * BUSY;
      const left = this.x(cycle - 0.5);
      context.fillRect(left, top + BUSY - height, this.x(end + 0.5) - left + 0.3, height);
    }
  }

  fill(color, from, to, top, height, least = 0) {
    const left = Math.max(SIDE, this.x(from)), right = Math.min(this.width - 4, this.x(to));
    if (right <= left) return;
    this.context.fillStyle = color;
    this.context.fillRect(left, top, Math.max(least, right - left), height);
  }

  ticks(cycles, color, top, height) {
    const { context } = this;
    context.fillStyle = color;
    const width = Math.max(1, (this.width - SIDE - 4) / (this.to - this.from) * 0.8);
    let before = -1;
    for (const cycle of cycles) {
      if (cycle < this.from || cycle > this.to) continue;
      const x = this.x(cycle - 0.4);
      if (x - before < 0.5) continue;
      context.fillRect(before = x, top, width, height);
    }
  }

  drawAxis(top, colors) {
    const { context } = this;
    const span = this.to - this.from;
    let step = 1;
    for (const next of [2, 5]) if (this.width / span * step < 60) step = next;
    while (this.width / span * step < 60) step *= step.toString().startsWith('2') ? 2.5 : 2;
    context.fillStyle = colors.dim;
    context.font = `10px ${FONT}`;
    [context.textAlign, context.textBaseline] = ['center', 'alphabetic'];
    for (let cycle = Math.ceil(this.from / step) * step; cycle <= this.to; cycle += step) {
      const x = this.x(cycle);
      if (x < SIDE + 8 || x > this.width - 12) continue;
      context.fillText(String(cycle), x, top + 11);
      context.fillRect(x, top, 1, 3);
    }
  }
}
