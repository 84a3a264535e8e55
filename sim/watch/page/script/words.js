// Numbers, names and sentences, as the command `convolith explain` has them.
class Words {
  constructor(trace) {
    this.trace = trace;
    this.dims = trace.document.layer.dims;
    const [, ic, kx, ky] = trace.tensors.w.size;
    this.products = ic * kx * ky; // of an output
  }

  // An integer of the array, as the user has it.
  number(tensor, value) { return String(value * this.trace.document.steps[tensor]); }

  // What has left the core: bytes are bytes, sums have their step.
  result(value) {
    return this.trace.document.requantized ? String(value) : this.number('y', value);
  }

  // A name such as y[0, 1, 2, 2]. A 1D layer has one axis: its height is 1.
  name(tensor, index) {
    if (index < 0) return `${tensor}[outside]`;
    const place = this.trace.tensors[tensor].place(index);
    if (this.dims === 1) place.splice(2, 1);
    return `${tensor}[${place.join(', ')}]`;
  }

  term({ x, w }) { return `${this.name('x', x)} * ${this.name('w', w)}`; }

  values({ a, b }) { return `${this.number('x', a)} * ${this.number('w', b)}`; }

  product({ a, b }) { return this.number('y', a * b); }

  // One sentence on a PE in a cycle.
  sentence(cycle, row, col) {
    const { trace } = this;
    const now = this.number('y', trace.sum(cycle, row, col));
    const begin = `Cycle ${cycle}: PE (${row}, ${col})`;
    const { output, terms, begins } = trace.terms(cycle, row, col);
    if (output < 0) return `${begin} adds no product of an output; its sum is ${now}.`;
    const name = this.name('y', output);
    const products = terms
      .map(term => `${this.term(term)} = ${this.values(term)} = ${this.product(term)}`).join(' + ');
    let count = '';
    if (trace.first === 1) {
      const number = trace.history(output).filter(term => term.cycle <= cycle).length;
      count = ` (${number} of ${this.products} products)`;
    }
    if (begins) return `${begin} begins the sum of ${name} with ${products}: ${now}${count}.`;
    const grown = cycle > trace.first
      ? `${this.number('y', trace.sum(cycle - 1, row, col))} becomes ${now}` : `the sum is ${now}`;
    return `${begin} adds ${products} to ${name}: ${grown}${count}.`;
  }
}
