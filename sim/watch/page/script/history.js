// How the sum of a PE, or an output, comes about: one line per product.
const MOST_LINES = 200;

class HistoryView {
  constructor(page) {
    this.page = page;
    this.title = find('history-title');
    this.head = find('history-head');
    this.body = find('history');
    this.scroller = this.body.closest('.scroll');
    this.body.onclick = event => {
      const line = event.target.closest('tr');
      if (line && line.at) page.go({ cycle: line.at.cycle, row: line.at.row, col: line.at.col });
    };
  }

  draw() {
    const { page } = this;
    const { trace, words, cycle, row, col } = page;
    const output = page.output;
    setText(this.title, `PE (${row}, ${col})`);
    if (output < 0) {
      setText(this.head, 'This PE has no output here.');
      this.body.replaceChildren();
      this.shown = null;
      return;
    }
    const terms = trace.history(output);
    const done = terms.filter(term => term.cycle <= cycle).length;
    const begin = Math.max(0, Math.min(terms.length - MOST_LINES, done - MOST_LINES / 2));
    const key = `${page.number} ${output} ${begin}`;
    if (this.shown !== key) this.build(trace, words, output, terms, begin);
    this.shown = key;
    setText(this.head, this.summary(trace, words, output, terms, done));
    let current = null;
    for (const line of this.lines) {
      const now = line.at.cycle === cycle;
      setClass(line.element, now ? 'now' : line.at.cycle > cycle ? 'later' : '');
      if (now || (!current && line.at.cycle > cycle)) current = line.element;
    }
    this.follow(current || (this.lines.length ? this.lines.at(-1).element : null));
  }

  summary(trace, words, output, terms, done) {
    const value = words.result(trace.tensors.y.at(output));
    const name = words.name('y', output);
    const wrong = trace.expected.has(output)
      ? `, not ${words.result(trace.expected.get(output))}` : '';
    const number = done ? `product ${done} of ${terms.length}` : `${terms.length} products`;
    return `${name} = ${value}${wrong}: ${number}`;
  }

  build(trace, words, output, terms, begin) {
    this.body.replaceChildren();
    this.lines = [];
    const add = (at, cells) => {
      const element = make('tr', '', this.body);
      for (const [name, text] of cells) make('td', name, element, text);
      element.at = at;
      this.lines.push({ at, element });
    };
    const shown = terms.slice(begin, begin + MOST_LINES);
    for (const term of shown) {
      const wrong = trace.wrong(term.cycle, term.row, term.col) ? '≠ ' : '';
      add(term, [['cycle', String(term.cycle)], ['product', short(words.term(term))],
        ['values', short(words.values(term))],
        ['sum', wrong + words.number('y', trace.sum(term.cycle, term.row, term.col))]]);
    }
    if (begin + MOST_LINES >= terms.length) this.addEnd(add, trace, words, output, terms);
  }

  // What becomes of the sum.
  addEnd(add, trace, words, output, terms) {
    const place = terms.length ? terms.at(-1) : { row: this.page.row, col: this.page.col };
    const left = trace.left[trace.tensors.y.offset(trace.tensors.y.place(output))];
    const end = { cycle: Math.min(left, trace.last), row: place.row, col: place.col };
    const oc = trace.tensors.y.place(output)[1];
    const { bias, requantized } = trace.document;
    const [, ic, kx, ky] = trace.tensors.w.size;
    if (terms.length === ic * kx * ky && (bias || requantized || trace.places(output).length > 1)) {
      const sum = terms.reduce((total, { a, b }) => total + a * b, 0);
      add(end, [['cycle', ''], ['product', 'all products'], ['values', ''],
        ['sum', words.number('y', sum)]]);
    }
    if (bias) {
      add(end, [['cycle', ''], ['product', 'the bias is added'], ['values', ''],
        ['sum', words.number('y', bias[oc])]]);
    }
    if (requantized) {
      add(end, [['cycle', ''], ['product', `requantized (${requantized.engine})`],
        ['values', `* ${Number(requantized.multiplier[oc].toPrecision(4))}`],
        ['sum', `+ ${requantized.zero_point}`]]);
    }
    add(end, [['cycle', String(left)], ['product', 'leaves the core'], ['values', ''],
      ['sum', words.result(trace.tensors.y.at(output))]]);
  }

  // Scrolls so that the line is in the middle, without looking at the page's layout.
  follow(line) {
    if (!line || !this.lines.length) return;
    const at = this.lines.findIndex(({ element }) => element === line);
    const height = this.lineHeight || (this.lineHeight = this.lines[0].element.offsetHeight || 18);
    const room = this.room || (this.room = this.scroller.clientHeight);
    const top = Math.max(0, (at + 0.5) * height - room / 2);
    if (this.top !== top) this.scroller.scrollTop = this.top = top;
  }

  resize() { this.room = this.lineHeight = this.top = undefined; }
}

// Without spaces: a line has little room.
function short(text) { return text.replaceAll(' ', ''); }
