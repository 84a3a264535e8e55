// Stops that are worth a look, one after the other.
class Tour {
  constructor(page) {
    this.page = page;
    this.element = find('tour');
    this.text = find('tour-text');
    find('tour-start').onclick = () => this.go(0);
    find('tour-next').onclick = () => this.go(this.at + 1);
    find('tour-back').onclick = () => this.go(this.at - 1);
    find('tour-end').onclick = () => { this.element.hidden = true; page.resize(); };
    this.at = 0;
  }

  go(at) {
    const { stops } = this.page.trace.document;
    if (at < 0 || at >= stops.length) return;
    this.at = at;
    const hidden = this.element.hidden;
    this.element.hidden = false;
    setText(this.text, `${at + 1} of ${stops.length}, cycle ${stops[at].cycle}: ${stops[at].text}`);
    find('tour-back').disabled = at === 0;
    find('tour-next').disabled = at === stops.length - 1;
    if (hidden) this.page.resize();
    this.page.go({ cycle: stops[at].cycle, row: stops[at].pe[0], col: stops[at].pe[1] });
  }
}
