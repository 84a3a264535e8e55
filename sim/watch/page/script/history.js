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
      if (line && line.at) page.go(line.at);
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
      const now = line.cycle === cycle;
      setClass(line.element, now ? 'now' : line.cycle > cycle ? 'later' : '');
      if (now || (!current && line.cycle > cycle)) current = line.element;
    }
    this.follow(current || (this.lines.length ? this.lines.at(-1).element : null));
  }

  summary(trace, words, output, terms, done) {
    const value = words.result(trace.tensors.y.at(output));
    const name = words.name('y', output);
    const wrong = trace.expected.has(output)
      ? `, not ${words.result(trace.expected.get(output))}` : '';
    const all = terms.length === words.products ? `${terms.length}`
      : `${terms.length} that were recorded, of ${words.products}`;
    return `${name} = ${value}${wrong}: ${done ? `product ${done} of ${all}` : `${all} products`}`;
  }

  build(trace, words, output, terms, begin) {
    this.body.replaceChildren();
    this.lines = [];
    const shown = terms.slice(begin, begin + MOST_LINES);
    for (const term of shown) {
      const wrong = trace.wrong(term.cycle, term.row, term.col) ? '≠ ' : '';
      this.add(term, term.cycle, [`${term.cycle}`, short(words.term(term)),
        short(words.values(term)),
        wrong + words.number('y', trace.sum(term.cycle, term.row, term.col))]);
    }
    if (begin + MOST_LINES >= terms.length) this.addEnd(trace, words, output, terms);
  }

  // A line: where it leads, and the cycle in which it happens.
  add({ cycle, row, col }, when, cells) {
    const element = make('tr', '', this.body);
    ['cycle', 'product', 'values', 'sum'].forEach(
      (name, i) => make('td', name, element, cells[i]));
    element.at = { cycle, row, col };
    this.lines.push({ cycle: when, element });
  }

  // What becomes of the sum: what is added to it, and what leaves.
  addEnd(trace, words, output, terms) {
    const { y } = trace.tensors;
    const left = trace.left[y.offset(y.place(output))];
    const last = terms.length ? terms.at(-1) : this.page;
    const end = { cycle: Math.min(left, trace.last), row: last.row, col: last.col };
    const add = cells => this.add(end, left, cells);
    const oc = y.place(output)[1];
    const { bias, requantized } = trace.document;
    const missing = words.products - terms.length;
    let sum = terms.reduce((total, { a, b }) => total + a * b, 0);
    if (missing) {
      add(['', `${plural(missing, 'product')} not recorded`, '', '']);
    } else if (bias || requantized || trace.places(output).length > 1) {
      add(['', 'all products', '', words.number('y', sum)]);
    }
    if (bias) {
      sum += bias[oc];
      add(['', 'the bias is added', words.number('y', bias[oc]),
        missing ? '' : words.number('y', sum)]);
    }
    if (requantized) {
      add(['', `requantized (${requantized.engine})`,
        `*${Number(requantized.multiplier[oc].toPrecision(4))}+${requantized.zero_point}`,
        words.result(y.at(output))]);
    }
    add([`${left}`, 'leaves the core', '', words.result(y.at(output))]);
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
