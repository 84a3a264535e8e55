// The page: what is looked at, and its views.
const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
const LETTER = 7.6; // pixels of the sentence

class Page {
  constructor(documents) {
    this.traces = documents.map(document => new Trace(document));
    this.first = Math.min(...this.traces.map(trace => trace.first));
    this.last = Math.max(...this.traces.map(trace => trace.last));
    this.end = Math.max(...this.traces.map(trace => trace.document.cycles));
    [this.number, this.row, this.col, this.selected, this.playing] = [0, 0, 0, -1, false];
    this.take(0);
    this.time = this.first;
    this.setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', false);
    this.loops = new LoopsView(this);
    this.history = new HistoryView(this);
    this.array = new ArrayView(this);
    this.path = new PathView(this);
    this.tensors = new TensorsView(this);
    this.timeline = new Timeline(this);
    this.banner = new Banner(this);
    this.compare = new Compare(this);
    this.tour = new Tour(this);
    this.controls = new Controls(this);
    this.describe();
    this.open();
    this.resize();
    addEventListener('resize', () => this.resize());
    addEventListener('hashchange', () => { if (location.hash !== this.hash) { this.read(); this.draw(); } });
  }

  take(number) {
    this.number = number;
    this.trace = this.traces[number];
    this.words = new Words(this.trace);
  }

  // The cycle that is drawn: a trace that has ended stays at its last one.
  get cycle() { return Math.max(this.trace.first, Math.min(this.time, this.trace.last)); }

  // The output that is looked at: the selected one, or that of the PE.
  get output() {
    return this.selected >= 0 ? this.selected : this.trace.current(this.cycle, this.row, this.col);
  }

  // Shows the next output, or the one before, of those that were recorded.
  nextOutput(by) {
    const { y } = this.trace.tensors;
    for (let output = this.output + by; output >= 0 && output < y.total; output += by) {
      if (this.trace.history(output).length) {
        this.selectOutput(output);
        return;
      }
    }
  }

  // To the next product of the output, or to the one before.
  nextProduct(by) {
    const terms = this.trace.history(this.output);
    const found = by > 0 ? terms.find(term => term.cycle > this.cycle)
      : terms.findLast(term => term.cycle < this.cycle);
    if (found) this.go({ output: this.output, cycle: found.cycle });
  }

  describe() {
    const { layer, array, mapping, notes, simulator, tool, window, cycles } = this.trace.document;
    setText(find('about'), `${layer.text} on ${array.text}, ${mapping}`);
    const part = window[0] > 1 || window[1] < cycles
      ? ` Cycles ${window[0]} to ${window[1]} of ${cycles} were recorded.` : '';
    setText(find('notes'), `Recorded from the RTL by ${simulator}; ${tool}.${part} ${notes.join(' ')}`);
  }

  // Where the page begins: as its address says, else at a fault, else at the first product.
  open() {
    if (this.read()) return;
    const { stops } = this.trace.document;
    const stop = stops[Math.min(1, stops.length - 1)];
    const first = stop && { cycle: stop.cycle, row: stop.pe[0], col: stop.pe[1] };
    this.place(this.faultPlace() || first || {});
  }

  // Reads the address: #cycle=42&pe=1,0&y=0,1,2,2&trace=1.
  read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const numbers = name => (asked.get(name) || '').split(',').map(Number);
    const where = {};
    if (asked.has('trace')) this.show(Number(asked.get('trace')), false);
    if (asked.has('cycle')) where.cycle = Number(asked.get('cycle'));
    if (asked.has('pe')) [where.row, where.col] = numbers('pe');
    if (asked.has('y')) {
      const place = numbers('y');
      if (place.length === 3) place.splice(2, 0, 0);
      const inside = place.length === 4 && place.every(Number.isInteger)
        && this.trace.tensors.y.offset(place) >= 0;
      if (inside) where.output = this.trace.tensors.y.index(place);
    }
    this.place(where);
    return Object.values(where).some(Number.isFinite);
  }

  place({ cycle, row, col, output }) {
    const within = (value, low, high, now) =>
      Number.isFinite(value) ? Math.max(low, Math.min(high, Math.round(value))) : now;
    this.time = within(cycle, this.first, this.last, this.time);
    const pe = [this.row, this.col];
    this.row = within(row, 0, this.trace.rows - 1, this.row);
    this.col = within(col, 0, this.trace.cols - 1, this.col);
    if (pe[0] !== this.row || pe[1] !== this.col || row !== undefined) this.selected = -1;
    if (output !== undefined) {
      const terms = this.trace.history(output);
      const at = terms.findLast(term => term.cycle <= this.cycle) || terms[0];
      if (at) [this.row, this.col] = [at.row, at.col];
      this.selected = output;
    }
    const owner = this.trace.owner(this.cycle, this.row, this.col);
    if (output === undefined && owner >= 0 && owner !== this.selected) this.selected = -1;
  }

  go(where) {
    this.place(where);
    this.draw();
  }

  // Shows an output: at the cycle of its last product, if it is not being computed now.
  selectOutput(output) {
    const terms = this.trace.history(output);
    if (!terms.length) return;
    const inside = terms[0].cycle <= this.cycle && this.cycle <= terms.at(-1).cycle;
    this.go({ output, cycle: inside ? this.cycle : terms.at(-1).cycle });
  }

  // Where a fault has first changed a sum of an output, or null.
  faultPlace() {
    const { fault } = this.trace.document;
    if (!fault || !fault.differs) return null;
    const { cycle, row, column } = fault.differs;
    return { cycle, row, col: column };
  }

  goFault() {
    const place = this.faultPlace();
    if (place) this.go(place);
  }

  firstWrongCycle(trace) {
    const [first] = trace.document.wrong;
    const at = first ? trace.tensors.y.offset(trace.tensors.y.place(first[0])) : -1;
    return at < 0 ? null : trace.left[at];
  }

  // Products so far, and their share of what the multipliers could have done, in percent.
  utilization(trace, cycle) {
    const done = trace.macs[cycle - trace.first];
    const possible = (cycle - trace.first + 1) * trace.rows * trace.cols * trace.dot;
    return [done, (Math.round(1000 * done / possible) / 10).toFixed(1)];
  }

  // Shows another trace, in the same cycle.
  show(number, draw = true) {
    if (!(number in this.traces) || number === this.number) return;
    this.take(number);
    this.selected = -1;
    this.row = Math.min(this.row, this.trace.rows - 1);
    this.col = Math.min(this.col, this.trace.cols - 1);
    if (!this.controls) return;
    find('tour').hidden = true;
    this.describe();
    this.loops.build();
    this.path.build();
    this.banner.build();
    this.history.shown = null;
    if (draw) this.resize();
  }

  setTheme(theme = this.theme === 'dark' ? 'light' : 'dark', draw = true) {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    this.colors = themeColors();
    if (draw) this.resize();
  }

  // What is drawn below the arrays' room takes its own first.
  resize() {
    this.keepLines(find('sentence'), 100 + 60 * this.trace.dot);
    this.timeline.resize();
    this.timeline.draw();
    this.path.resize();
    this.loops.draw();
    this.path.draw();
    this.compare.draw();
    this.array.resize();
    this.history.resize();
    this.tensors.resize();
    this.draw();
  }

  // Room for a text of so many letters.
  keepLines(element, letters) {
    const lines = Math.ceil(letters * LETTER / (innerWidth - 30));
    element.style.height = `${Math.min(4, lines) * 1.4}em`;
  }

  draw() {
    this.loops.draw();
    this.array.draw();
    this.path.draw();
    this.tensors.draw();
    this.timeline.draw();
    this.compare.draw();
    this.controls.draw();
    this.history.draw();
    const { cycle, row, col } = this;
    const ended = this.time > this.trace.last ? ' This run has ended.' : '';
    setText(find('sentence'), this.words.sentence(cycle, row, col) + ended);
    if (!this.playing) this.write();
  }

  write() {
    const { trace, selected } = this;
    const place = selected < 0 ? '' : `&y=${trace.tensors.y.place(selected).join()}`;
    const which = this.number ? `&trace=${this.number}` : '';
    this.hash = `#cycle=${this.time}&pe=${this.row},${this.col}${place}${which}`;
    try {
      history.replaceState(null, '', this.hash);
    } catch { /* a page within another one has no address */ }
  }
}
