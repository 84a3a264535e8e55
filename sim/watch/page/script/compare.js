// Two traces of one layer on one time axis: which is shown, and how far each of them is.
class Compare {
  constructor(page) {
    this.page = page;
    this.tabs = find('traces');
    this.table = find('compare');
    this.tabs.hidden = this.table.hidden = page.traces.length < 2;
    this.lines = page.traces.map((trace, number) => {
      const { mapping, cycles } = trace.document;
      const tab = make('button', '', this.tabs, `${mapping}: ${cycles.toLocaleString('en')} cycles`);
      tab.type = 'button';
      tab.onclick = () => page.show(number);
      return { tab, line: make('div', '', this.table), mapping };
    });
  }

  draw() {
    if (this.page.traces.length < 2) return;
    this.lines.forEach(({ tab, line, mapping }, number) => {
      const trace = this.page.traces[number];
      tab.setAttribute('aria-pressed', String(number === this.page.number));
      const cycle = Math.max(trace.first, Math.min(this.page.time, trace.last));
      const [, share] = this.page.utilization(trace, cycle);
      const busy = `${trace.active[cycle - trace.first]} of ${trace.rows * trace.cols} PEs`;
      const now = this.page.time > trace.document.cycles
        ? `ended after ${trace.document.cycles.toLocaleString('en')} cycles` : busy;
      setText(line, `${mapping}: ${now}, ${share} % so far`);
      setClass(line, number === this.page.number ? 'now' : '');
    });
  }
}
