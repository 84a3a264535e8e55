// Buttons, the slider, keys, and playing.
class Controls {
  constructor(page) {
    this.page = page;
    this.play = find('play');
    this.slider = find('slider');
    this.number = find('cycle');
    this.speed = find('speed');
    this.play.onclick = () => this.toggle();
    this.slider.oninput = () => page.go({ cycle: Number(this.slider.value) });
    this.number.onchange = () => {
      this.at = null; // the number in the box may be none that is shown
      page.go({ cycle: Number(this.number.value) || page.time });
    };
    const on = (id, act) => { find(id).onclick = act; };
    on('back', () => page.go({ cycle: page.time - 1 }));
    on('next', () => page.go({ cycle: page.time + 1 }));
    on('tile-back', () => this.tile(-1));
    on('tile-next', () => this.tile(1));
    on('out-back', () => this.out(-1));
    on('out-next', () => this.out(1));
    on('theme', () => page.setTheme());
    on('help', () => this.help());
    on('help-close', () => find('keys').close());
    document.addEventListener('keydown', event => this.key(event));
    this.range();
  }

  range() {
    const { page } = this;
    for (const input of [this.slider, this.number]) {
      [input.min, input.max] = [page.first, page.last];
    }
    setText(find('of'), `of ${page.end.toLocaleString('en')}`);
  }

  draw() {
    const { time } = this.page;
    if (this.at !== time) this.slider.value = this.number.value = this.at = time;
  }

  toggle(to = !this.page.playing) {
    const { page } = this;
    page.playing = to;
    setText(this.play, to ? '❚❚ pause' : '▶ play');
    find('sentence').setAttribute('aria-live', to ? 'off' : 'polite');
    if (!to) { page.draw(); return; }
    if (page.time >= page.last) page.go({ cycle: page.first });
    let start = performance.now(), from = page.time;
    const step = now => {
      if (!page.playing) return;
      const rate = Number(this.speed.value);
      if (this.rate !== rate) [this.rate, start, from] = [rate, now, page.time];
      const cycle = from + Math.floor((now - start) / 1000 * rate);
      if (cycle !== page.time && cycle > from) page.go({ cycle });
      if (page.time >= page.last) this.toggle(false);
      else requestAnimationFrame(step);
    };
    this.rate = Number(this.speed.value);
    requestAnimationFrame(step);
  }

  // To the begin of the next tile of the PE, or of this one or the one before.
  tile(direction) {
    const { trace, row, cycle } = this.page;
    const starts = trace.tileStarts
      .map((start, tile) => start + trace.pieces[trace.tilePieces[tile]].delay[row])
      .filter(start => trace.has(start));
    const found = direction > 0 ? starts.find(start => start > cycle)
      : starts.findLast(start => start < cycle);
    if (found !== undefined) this.page.go({ cycle: found });
  }

  // To the cycle in which the next row leaves, or the one before.
  out(direction) {
    const { trace, cycle } = this.page;
    const found = direction > 0 ? trace.out.find(out => out > cycle)
      : trace.out.findLast(out => out < cycle);
    if (found !== undefined) this.page.go({ cycle: found });
  }

  faster(by) {
    const at = this.speed.selectedIndex + by;
    if (at >= 0 && at < this.speed.options.length) this.speed.selectedIndex = at;
  }

  help() {
    const dialog = find('keys');
    if (dialog.open) dialog.close(); else dialog.showModal();
  }

  key(event) {
    const { page } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const typing = target.tagName === 'SELECT'
      || (target.tagName === 'INPUT' && target.type !== 'range');
    if (typing || (find('keys').open && key !== '?')) return;
    if (key === ' ' && target.tagName === 'BUTTON' && !target.classList.contains('pe')) return;
    const far = event.shiftKey ? 10 : 1;
    const actions = {
      ' ': () => this.toggle(),
      ArrowLeft: () => page.go({ cycle: page.time - far }),
      ArrowRight: () => page.go({ cycle: page.time + far }),
      ArrowUp: () => page.nextProduct(-1),
      ArrowDown: () => page.nextProduct(1),
      '[': () => page.nextOutput(-1),
      ']': () => page.nextOutput(1),
      PageUp: () => this.tile(-1),
      PageDown: () => this.tile(1),
      n: () => this.out(1),
      p: () => this.out(-1),
      Home: () => page.go({ cycle: page.first }),
      End: () => page.go({ cycle: page.last }),
      h: () => page.go({ col: page.col - 1 }),
      l: () => page.go({ col: page.col + 1 }),
      k: () => page.go({ row: page.row - 1 }),
      j: () => page.go({ row: page.row + 1 }),
      '+': () => page.timeline.zoom(0.5),
      '-': () => page.timeline.zoom(2),
      0: () => { page.timeline.reset(); page.draw(); },
      f: () => page.goFault(),
      s: () => this.faster(-1),
      S: () => this.faster(1),
      t: () => page.setTheme(),
      o: () => page.loops.choose(page.loops.order === 'array' ? 'tutorial' : 'array'),
      c: () => page.show((page.number + 1) % page.traces.length),
      '?': () => this.help(),
    };
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
  }
}
