// The PEs: output, sum, products, and how much of the tile is done.
const MOST_SHOWN = 16;
const HEAT_STEPS = 6;

class ArrayView {
  constructor(page) {
    this.page = page;
    this.grid = find('array');
    this.state = find('array-state');
    this.more = find('array-more');
    this.grid.onclick = event => {
      const pe = event.target.closest('.pe');
      if (pe) page.go({ row: pe.row, col: pe.col });
    };
  }

  // Rows and columns that are shown: those around the PE that is looked at.
  place() {
    const { trace, row, col } = this.page;
    const from = (at, count) =>
      Math.max(0, Math.min(count - MOST_SHOWN, Math.floor(at / MOST_SHOWN) * MOST_SHOWN));
    return [from(row, trace.rows), from(col, trace.cols)];
  }

  resize() {
    const { trace } = this.page;
    const rows = Math.min(trace.rows, MOST_SHOWN), cols = Math.min(trace.cols, MOST_SHOWN);
    const panel = this.grid.parentElement;
    setText(this.more, trace.rows > rows || trace.cols > cols ? 'some of the rows' : '');
    const most = trace.sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 1);
    this.most = most;
    const letters = Math.max(3, this.page.words.number('y', -most).length);
    const name = this.page.words.name('y', trace.tensors.y.size.reduce((a, b) => a * b) - 1);
    const operand = Math.max(...['x', 'w'].map(tensor =>
      Math.max(...[0, trace.tensors[tensor].values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)]
        .map(value => this.page.words.number(tensor, -value).length))));
    const [n, , ox, oy] = trace.tensors.y.size.map(extent => extent - 1);
    const letter = trace.cols > 12 ? 5 : 7;
    const pixel = trace.document.layer.dims === 1 ? `${oy}` : `${ox}, ${oy}`;
    this.headWidth = Math.max(36, operand * 7 + 8,
      (n ? `n${n}: ${pixel}` : pixel).length * letter + 8);
    const width = panel.clientWidth - this.headWidth - 4;
    const wide = getComputedStyle(find('main')).getPropertyValue('--wide').trim() === '1';
    const height = wide ? panel.clientHeight - 46 : rows * 104;
    const cell = Math.max(8, Math.min(150, Math.floor(width / cols) - 4));
    const tall = Math.max(8, Math.min(120, Math.floor(height / rows) - 4, Math.max(cell, 62)));
    const full = cell >= name.length * 6.1 + 6 && tall >= 62 && cell >= letters * 9 + 8;
    const middle = cell >= letters * 6.4 + 4 && tall >= 18;
    this.level = full ? 'full' : middle ? 'middle' : 'small';
    this.grid.className = `array ${this.level}`;
    this.grid.style.gridTemplateColumns = `${this.headWidth}px repeat(${cols}, ${cell}px)`;
    this.grid.style.gridTemplateRows = `40px repeat(${rows}, ${tall}px)`;
    this.grid.style.setProperty('--cell', `${cell}px`);
    this.build(rows, cols);
  }

  build(rows, cols) {
    this.grid.replaceChildren();
    make('div', '', this.grid);
    const head = name => {
      const element = make('div', name, this.grid);
      return { index: make('b', '', element), value: make('span', '', element) };
    };
    this.heads = Array.from({ length: cols }, () => head('column'));
    this.sides = [];
    this.pes = [];
    for (let row = 0; row < rows; row++) {
      this.sides.push(head('row'));
      for (let col = 0; col < cols; col++) {
        const element = make('button', 'pe', this.grid);
        element.type = 'button';
        element.tabIndex = -1;
        const pe = { element };
        if (this.level !== 'small') {
          if (this.level === 'full') pe.name = make('span', 'name', element);
          pe.sum = make('span', 'sum', element);
          if (this.level === 'full') pe.adds = make('span', 'adds', element);
        }
        pe.bar = make('i', '', element);
        this.pes.push(pe);
      }
    }
  }

  draw() {
    const { trace, words, cycle, row: focusRow, col: focusCol } = this.page;
    const [top, start] = this.place();
    const rows = this.sides.length, cols = this.heads.length;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        this.drawPe(this.pes[r * cols + c], trace, words, cycle, top + r, start + c,
          top + r === focusRow && start + c === focusCol);
      }
    }
    for (let r = 0; r < rows; r++) this.drawSide(r, top + r, start, cols);
    this.heads.forEach((head, c) => this.drawHead(head, start + c, top, rows));
    const total = trace.rows * trace.cols;
    const tile = trace.tile(cycle, focusRow);
    const number = tile < 0 ? 'no tile' : `tile ${tile + 1} of ${trace.tileStarts.length}`;
    setText(this.state, `${number}: ${trace.active[cycle - trace.first]} of ${total} PEs add`);
    const hidden = trace.rows > rows || trace.cols > cols;
    setText(this.more, hidden
      ? `rows ${top} to ${top + rows - 1}, columns ${start} to ${start + cols - 1}` : '');
  }

  drawPe(pe, trace, words, cycle, row, col, focused) {
    const owner = trace.owner(cycle, row, col);
    const sum = trace.sum(cycle, row, col);
    const shown = words.number('y', sum);
    const wrong = trace.wrong(cycle, row, col);
    const share = Math.abs(sum) / this.most;
    const heat = owner < 0 || !sum ? 0 : Math.max(1, Math.ceil(share ** 0.6 * HEAT_STEPS));
    const kind = wrong ? 'wrong' : owner < 0 ? 'idle' : `${sum < 0 ? 'minus' : 'plus'}${heat}`;
    setClass(pe.element, `pe ${kind}${focused ? ' focused' : ''}`);
    [pe.element.row, pe.element.col] = [row, col];
    const name = owner < 0 ? 'no output' : words.name('y', owner);
    const about = wrong ? ', changed by the fault' : '';
    setLabel(pe.element, `PE (${row}, ${col}), ${name}: ${shown}${about}`);
    if (pe.sum) setText(pe.sum, owner < 0 ? '' : (wrong ? '≠' : '') + shown);
    if (pe.name) setText(pe.name, owner < 0 ? '' : short(name));
    if (pe.adds) setText(pe.adds, this.added(trace, words, cycle, row, col));
    const width = owner < 0 ? '0%' : `${Math.round(trace.progress(cycle, row) * 50) * 2}%`;
    if (pe.width !== width) pe.bar.style.width = pe.width = width;
  }

  added(trace, words, cycle, row, col) {
    const { terms, begins } = trace.terms(cycle, row, col);
    if (!terms.length) return '';
    const sign = begins ? 'first: ' : '+ ';
    if (terms.length === 1) return sign + words.values(terms[0]);
    const sum = terms.reduce((total, { a, b }) => total + a * b, 0);
    return `${sign}${words.number('y', sum)} (${terms.length})`;
  }

  // A row's pixel, and the activation that it takes, if all of its PEs take the same.
  drawSide(at, row, start, cols) {
    const { trace, words, cycle } = this.page;
    let pixel = '', value = null;
    for (let c = 0; c < cols; c++) {
      const { output, terms } = trace.terms(cycle, row, start + c);
      if (output < 0) continue;
      if (!pixel) {
        const [n, , ox, oy] = trace.tensors.y.place(output);
        pixel = trace.document.layer.dims === 1 ? `${oy}` : `${ox}, ${oy}`;
        if (trace.tensors.y.size[0] > 1) pixel = `n${n}: ${pixel}`;
      }
      const own = words.number('x', terms[0].a);
      value = value === null || value === own ? own : '';
    }
    setText(this.sides[at].index, pixel);
    setText(this.sides[at].value, value === null || this.level === 'small' ? '' : value);
  }

  // A column's output channel and weight, as far as all of its PEs have the same channel.
  drawHead(head, col, top, rows) {
    const { trace, words, cycle, row: focusRow } = this.page;
    const found = [focusRow, ...Array.from({ length: rows }, (_, r) => top + r)]
      .map(row => trace.terms(cycle, row, col)).find(({ output }) => output >= 0);
    const label = this.level === 'small' ? '' : 'oc ';
    setText(head.index, found ? `${label}${trace.tensors.y.place(found.output)[1]}` : '');
    setText(head.value, found && this.level !== 'small' ? words.number('w', found.terms[0].b) : '');
  }
}
