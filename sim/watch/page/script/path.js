// What moves in the core besides the PEs: memory reads, rows on their way, utilization.
class PathView {
  constructor(page) {
    this.page = page;
    this.list = find('path');
    this.share = find('share');
    this.bar = find('share-bar');
    this.build();
  }

  build() {
    this.list.replaceChildren();
    const chip = (name, kind) => {
      const item = make('span', 'stage', this.list);
      make('span', '', item, name);
      return { element: make('b', `chip ${kind}`, item), kind };
    };
    this.reads = this.page.trace.reads.map(({ memory }) => {
      const kind = memory === 'act' ? 'x' : memory.startsWith('weight') ? 'w' : 'y';
      return chip(`${MEMORIES[memory] || memory} read`, kind);
    });
    this.complete = chip('complete', 'y');
    this.drain = chip('drained', 'y');
    this.waiting = chip('drain and FIFO', 'y');
    this.out = chip('out', 'y');
  }

  // Keeps the room that the longest texts take, so that nothing moves from cycle to cycle.
  resize() {
    const { trace } = this.page;
    this.list.style.minHeight = '';
    const kept = trace.pieces.some(piece => piece.kept) ? ', kept' : '';
    trace.reads.forEach(({ at }, i) => this.show(this.reads[i], `@${peak([...at.values()])}`));
    this.show(this.complete, `row ${trace.rows - 1}${kept}`);
    this.show(this.drain, 'a row');
    this.show(this.waiting, `${4 * trace.rows} rows`);
    this.show(this.out, 'a row');
    this.list.style.minHeight = `${this.list.offsetHeight}px`;
  }

  show({ element, kind }, text) {
    setText(element, text || '–');
    setClass(element, text ? `chip ${kind}` : 'chip');
  }

  draw() {
    const { trace, cycle } = this.page;
    const show = (chip, text) => this.show(chip, text);
    trace.reads.forEach(({ at }, i) => show(this.reads[i], at.has(cycle) ? `@${at.get(cycle)}` : ''));
    const complete = trace.complete.filter(row => row.cycle === cycle);
    show(this.complete, complete.map(({ row, kept }) => `row ${row}${kept ? ', kept' : ''}`).join());
    show(this.drain, trace.drained.has(cycle) ? 'a row' : '');
    const waiting = trace.waiting(cycle);
    show(this.waiting, waiting ? `${waiting} row${waiting > 1 ? 's' : ''}` : '');
    show(this.out, trace.outSet.has(cycle) ? 'a row' : '');
    const [done, share] = this.page.utilization(trace, cycle);
    const since = trace.first > 1 ? ` since cycle ${trace.first}` : ' so far';
    const of = trace.first > 1 ? '' : ` of ${trace.document.macs.toLocaleString('en')}`;
    setText(this.share,
      `utilization${since} ${share} %, ${done.toLocaleString('en')}${of} MACs`);
    const width = `${share}%`;
    if (this.width !== width) this.bar.style.width = this.width = width;
  }
}

const MEMORIES = { act: 'x', weight: 'w', weight_odd: 'w, odd', parameters: 'scales' };
