// The loop nest, in the tutorial's order or the array's, with the values of the PE that is looked at.
class LoopsView {
  constructor(page) {
    this.page = page;
    this.list = find('loops');
    this.formula = find('formula');
    this.buttons = [find('order-tutorial'), find('order-array')];
    this.buttons[0].onclick = () => this.choose('tutorial');
    this.buttons[1].onclick = () => this.choose('array');
    this.order = 'tutorial';
    this.build();
  }

  choose(order) {
    this.order = order;
    this.build();
    this.page.draw();
  }

  build() {
    const { tutorial, array } = this.page.trace.document.loops;
    this.buttons.forEach((button, i) =>
      button.setAttribute('aria-pressed', String((this.order === 'array') === (i === 1))));
    const loops = this.order === 'tutorial'
      ? tutorial : array.map(name => tutorial.find(loop => loop.name === name));
    this.list.replaceChildren();
    this.lines = loops.map(({ name, extent, in: places }, depth) => {
      const line = make('div', 'loop', this.list);
      const code = make('code', '', line);
      code.style.paddingLeft = `${depth * 0.45}em`;
      code.append('for ', make('b', '', null, name), ` in range(${extent}):`);
      const value = make('b', 'value', line);
      make('small', '', line, extent > 1 ? places.join(', ') : '');
      return { name, line, value };
    });
  }

  // The indices of a term, by name.
  static indices(trace, output, term) {
    const [n, oc, ox, oy] = trace.tensors.y.place(output);
    const [, ic, kx, ky] = trace.tensors.w.place(term.w);
    return trace.document.layer.dims === 1
      ? { n, oc, ox: oy, ic, kx: ky } : { n, oc, ox, oy, ic, kx, ky };
  }

  draw() {
    const { trace, words, cycle, row, col } = this.page;
    const now = trace.terms(cycle, row, col);
    const before = trace.has(cycle - 1) ? trace.terms(cycle - 1, row, col) : { output: -1 };
    const shown = now.output < 0 ? null : LoopsView.indices(trace, now.output, now.terms[0]);
    const last = before.output < 0 ? null : LoopsView.indices(trace, before.output, before.terms[0]);
    for (const { name, line, value } of this.lines) {
      setText(value, shown ? String(shown[name]) : '–');
      setClass(line, shown && last && shown[name] !== last[name] ? 'loop changed' : 'loop');
    }
    this.drawFormula(words, now);
  }

  drawFormula(words, { output, terms }) {
    const { trace, cycle, row, col } = this.page;
    const lines = [['y', this.general(trace.document.layer)]];
    if (output >= 0) {
      const name = words.name('y', output);
      terms.slice(0, 4).forEach((term, i) => {
        lines.push(['term', `${i ? '   ' : `${name} += `}${i ? '+ ' : ''}${words.term(term)}`]);
      });
      if (terms.length > 4) lines.push(['term', `   + ${terms.length - 4} more`]);
      const values = terms.slice(0, 4).map(term => words.values(term)).join(' + ');
      const more = terms.length > 4 ? ' + …' : '';
      const sum = words.number('y', trace.sum(cycle, row, col));
      const wrong = trace.wrong(cycle, row, col) ? '≠ ' : '';
      lines.push(['sum', `  += ${values}${more}  →  ${wrong}${sum}`]);
    }
    if (this.formula.children.length !== lines.length) {
      this.formula.replaceChildren(...lines.map(() => make('div')));
    }
    lines.forEach(([name, text], i) => {
      setText(this.formula.children[i], text);
      setClass(this.formula.children[i], name);
    });
  }

  general({ dims, stride, padding, dilation, groups }) {
    const axis = (y, k, i) => {
      const out = stride[i] > 1 ? `${stride[i]}*${y}` : y;
      const tap = dilation[i] > 1 ? `${dilation[i]}*${k}` : k;
      return `${out}+${tap}${padding[i] ? `-${padding[i]}` : ''}`;
    };
    const axes = dims === 1 ? [axis('ox', 'kx', 1)] : [axis('ox', 'kx', 0), axis('oy', 'ky', 1)];
    const [of, each] = [this.page.trace.tensors.y.size[1], this.page.trace.tensors.x.size[1]]
      .map(channels => channels / groups);
    const group = of > 1 ? `oc//${of}` : 'oc';
    const channel = groups > 1 ? `${each > 1 ? `${group}*${each}` : group}+ic` : 'ic';
    const [y, k] = dims === 1 ? ['ox', 'kx'] : ['ox,oy', 'kx,ky'];
    return `y[n,oc,${y}] += x[n,${channel},${axes}] * w[oc,ic,${k}]`;
  }
}
