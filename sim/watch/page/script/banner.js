// What a fault did, and where to look.
class Banner {
  constructor(page) {
    this.page = page;
    this.element = find('banner');
    this.build();
  }

  build() {
    const { trace, words } = this.page;
    const { fault, equal, reference, wrong } = trace.document;
    const badge = find('equal');
    setText(badge, equal ? `✓ equal to ${reference}` : `≠ not equal to ${reference}`);
    setClass(badge, equal ? 'badge good' : 'badge bad');
    this.element.hidden = !fault && equal;
    this.element.replaceChildren();
    if (fault) {
      make('b', '', this.element, '⚡ fault');
      make('span', '', this.element,
        `bit ${fault.bit} of PE (${fault.row}, ${fault.col}) flipped after cycle ${fault.cycle}`);
      const { differs } = fault;
      if (differs) {
        const begin = this.page.trace.first > fault.cycle + 1 ? 'first recorded' : 'first';
        const text = `${begin} difference: cycle ${differs.cycle}, PE (${differs.row}, ${differs.column}): `
          + `${words.number('y', differs.got)}, not ${words.number('y', differs.expected)}`;
        this.jump(text, this.page.faultPlace());
      } else {
        make('span', '', this.element, 'no recorded sum of an output has changed');
      }
    }
    if (wrong.length) {
      const [index, expected] = wrong[0];
      const y = trace.tensors.y;
      const at = y.offset(y.place(index));
      const got = at < 0 ? '' : ` = ${words.result(y.values[at])}`;
      const left = at < 0 ? '' : `, left in cycle ${trace.left[at]}`;
      this.jump(`first wrong output: ${words.name('y', index)}${got}, not ${words.result(expected)}${left}`,
        at < 0 ? {} : { output: index, cycle: Math.min(trace.last, trace.left[at]) });
    } else if (fault) {
      make('span', '', this.element, 'no output is wrong');
    }
  }

  jump(text, where) {
    const button = make('button', '', this.element, text);
    button.type = 'button';
    button.onclick = () => this.page.go(where);
  }
}
