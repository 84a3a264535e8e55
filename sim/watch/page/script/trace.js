// A recorded run: the trace's lists, decoded so that any cycle is found at once.
class Trace {
  constructor(document) {
    this.document = document;
    const { array, tensors, window, tiles, beats, pieces } = document;
    [this.rows, this.cols, this.dot] = [array.rows, array.cols, array.dot];
    [this.first, this.last] = window;
    this.count = this.last - this.first + 1;
    this.pieces = pieces;
    this.tensors = Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, new Tensor(tensor)]));
    this.left = summed(tensors.y.left);
    this.expected = new Map(document.wrong);
    this.tileStarts = summed(tiles.start);
    this.tilePieces = summed(tiles.piece);
    this.firstTile = tiles.first;
    this.outputs = tiles.outputs;
    this.beatCycles = summed(beats.cycle);
    this.beatTiles = summed(beats.tile);
    this.begins = new Uint8Array(this.beatCycles.length);
    for (const beat of summed(beats.begins)) this.begins[beat] = 1;
    this.x = new Table(beats.x);
    this.w = new Table(beats.w);
    this.a = this.x.map(i => (i < 0 ? document.outside : this.tensors.x.at(i)));
    this.b = this.w.map(i => (i < 0 ? 0 : this.tensors.w.at(i)));
    this.findBeats();
    this.addUp();
    this.reads = document.reads.map(({ memory, cycle, address }) => {
      const addresses = summed(address);
      return { memory, at: new Map(summed(cycle).map((c, i) => [c, addresses[i]])) };
    });
    const { complete, drained, out } = document.rows;
    this.complete = summed(complete.cycle).map(
      (cycle, i) => ({ cycle, row: complete.row[i], kept: complete.kept[i] }));
    this.drained = new Set(summed(drained));
    this.out = summed(out.cycle);
    this.outSet = new Set(this.out);
    this.finished = this.complete.filter(row => !row.kept).map(row => row.cycle)
      .sort((one, other) => one - other);
  }

  // Which beat row 0 adds in a cycle, and which beats each tile has.
  findBeats() {
    const most = Math.max(...this.pieces.flatMap(piece => piece.delay));
    this.base = this.first - most;
    this.beatAt = new Int32Array(this.count + most).fill(-1);
    this.tileBeats = this.outputs.map(() => []);
    this.beatCycles.forEach((cycle, beat) => {
      this.beatAt[cycle - this.base] = beat;
      this.tileBeats[this.beatTiles[beat] - this.firstTile].push(beat);
    });
    this.piecesAt = new Uint16Array(this.count);
    this.pieces.forEach((piece, number) => {
      const from = Math.max(0, piece.begin + 1 - this.first);
      const to = Math.min(this.count, piece.begin + piece.cycles + 1 - this.first);
      if (to > from) this.piecesAt.fill(number, from, to);
    });
  }

  // The sums of all PEs in all cycles, and the products up to each cycle.
  addUp() {
    const { rows, cols, dot, count } = this;
    const pes = rows * cols;
    const { start, wrong, changes } = this.document.sums;
    const faulty = this.document.fault !== null;
    this.sums = new Float64Array(count * pes);
    this.wrongBy = faulty ? new Float64Array(count * pes) : null;
    this.macs = new Float64Array(count);
    this.active = new Uint16Array(count);
    this.sums.set(start);
    if (faulty) this.wrongBy.set(wrong);
    const changed = summed(changes.cycle);
    let next = 0;
    for (let i = 0; i < count; i++) {
      let added = 0, active = 0;
      for (let row = 0; row < rows; row++) {
        const beat = this.beat(this.first + i, row);
        const outputs = beat < 0 ? null : this.outputs[this.beatTiles[beat] - this.firstTile];
        const begins = beat >= 0 && this.begins[beat];
        for (let col = 0; col < cols; col++) {
          const pe = row * cols + col, at = i * pes + pe;
          let sum = i && !begins ? this.sums[at - pes] : 0, used = 0;
          if (outputs && outputs[pe] >= 0) {
            for (let d = 0; d < dot; d++) {
              if (this.w.get(beat, row, col, d) < 0) continue;
              sum += this.a.get(beat, row, col, d) * this.b.get(beat, row, col, d);
              used++;
            }
          }
          if (used) { added += used; active++; }
          if (i) this.sums[at] = sum;
          if (faulty && i && !begins) this.wrongBy[at] = this.wrongBy[at - pes];
        }
      }
      for (; next < changed.length && changed[next] === this.first + i; next++) {
        const pe = changes.pe[next];
        this.sums[i * pes + pe] += changes.by[next];
        if (faulty) this.wrongBy[i * pes + pe] += changes.by[next];
      }
      this.macs[i] = (i ? this.macs[i - 1] : 0) + added;
      this.active[i] = active;
    }
  }

  has(cycle) { return cycle >= this.first && cycle <= this.last; }

  pieceAt(cycle) { return this.pieces[this.piecesAt[cycle - this.first]]; }

  // The beat that a row adds in a cycle, or -1.
  beat(cycle, row) {
    const beat = this.beatAt[cycle - this.pieceAt(cycle).delay[row] - this.base];
    return beat === undefined ? -1 : beat;
  }

  tile(cycle, row) {
    const beat = this.beat(cycle, row);
    return beat < 0 ? -1 : this.beatTiles[beat];
  }

  sum(cycle, row, col) {
    return this.sums[((cycle - this.first) * this.rows + row) * this.cols + col];
  }

  // Whether a fault has changed the sum of an output.
  wrong(cycle, row, col) {
    if (!this.wrongBy || this.owner(cycle, row, col) < 0) return false;
    return this.wrongBy[((cycle - this.first) * this.rows + row) * this.cols + col] !== 0;
  }

  // The output whose tile a PE works on, or -1.
  owner(cycle, row, col) {
    const tile = this.tile(cycle, row);
    return tile < 0 ? -1 : this.outputs[tile - this.firstTile][row * this.cols + col];
  }

  // What a PE adds in a cycle: its output, or -1, and the products.
  terms(cycle, row, col) {
    const beat = this.beat(cycle, row);
    const output = this.owner(cycle, row, col);
    const found = [];
    if (output >= 0) {
      for (let d = 0; d < this.dot; d++) {
        const w = this.w.get(beat, row, col, d);
        if (w >= 0) {
          found.push({
            cycle, row, col, w, x: this.x.get(beat, row, col, d),
            a: this.a.get(beat, row, col, d), b: this.b.get(beat, row, col, d),
          });
        }
      }
    }
    const begins = beat >= 0 && this.begins[beat] === 1;
    return { output: found.length ? output : -1, terms: found, begins };
  }

  // The share of its tile that a row has behind it.
  progress(cycle, row) {
    const tile = this.tile(cycle, row);
    if (tile < 0) return 0;
    const piece = this.tilePieces[tile];
    const start = this.tileStarts[tile] + this.pieces[piece].delay[row];
    return (cycle - start + 1) / this.document.tiles.cycles[piece];
  }

  // The PEs that work on an output, tile by tile.
  places(output) {
    if (!this.placesOf) {
      this.placesOf = new Map();
      this.outputs.forEach((outputs, tile) => outputs.forEach((y, pe) => {
        if (y < 0) return;
        if (!this.placesOf.has(y)) this.placesOf.set(y, []);
        this.placesOf.get(y).push({ tile, row: Math.floor(pe / this.cols), col: pe % this.cols });
      }));
    }
    return this.placesOf.get(output) || [];
  }

  // All recorded products of an output, in the order in which they are added.
  history(output) {
    if (this.known && this.known.output === output) return this.known.terms;
    const terms = [];
    for (const { tile, row, col } of this.places(output)) {
      const { delay } = this.pieces[this.tilePieces[tile + this.firstTile]];
      for (const beat of this.tileBeats[tile]) {
        const cycle = this.beatCycles[beat] + delay[row];
        if (this.has(cycle)) terms.push(...this.terms(cycle, row, col).terms);
      }
    }
    terms.sort((one, other) => one.cycle - other.cycle || one.row - other.row);
    this.known = { output, terms };
    return terms;
  }

  // The output of a PE in a cycle; between tiles the one before, or the one to come.
  current(cycle, row, col) {
    const owner = this.owner(cycle, row, col);
    if (owner >= 0) return owner;
    const pe = row * this.cols + col;
    let nearest = -1;
    for (let tile = 0; tile < this.outputs.length; tile++) {
      if (nearest >= 0 && this.tileStarts[tile + this.firstTile] > cycle) break;
      if (this.outputs[tile][pe] >= 0) nearest = this.outputs[tile][pe];
    }
    return nearest;
  }

  // Rows with all of their products that are still in the core.
  waiting(cycle) {
    const { complete, out } = this.document.rows;
    return complete.before + atMost(this.finished, cycle)
      - out.before - atMost(this.out, cycle - 1);
  }
}

// Part of a tensor, or all of it; indices are into the whole, flattened.
class Tensor {
  constructor({ size, begin, shape, values }) {
    Object.assign(this, { size, begin, shape, values });
    this.total = size.reduce((product, extent) => product * extent, 1);
    this.whole = size.every((extent, axis) => extent === shape[axis]);
  }

  // An index as one per axis.
  place(index) {
    const place = [0, 0, 0, 0];
    for (let axis = 3; axis >= 0; axis--) {
      place[axis] = index % this.size[axis];
      index = Math.floor(index / this.size[axis]);
    }
    return place;
  }

  index(place) {
    return place.reduce((index, at, axis) => index * this.size[axis] + at, 0);
  }

  // Where a place is in `values`; -1 if it is not there.
  offset(place) {
    let found = 0;
    for (let axis = 0; axis < 4; axis++) {
      const at = place[axis] - this.begin[axis];
      if (at < 0 || at >= this.shape[axis]) return -1;
      found = found * this.shape[axis] + at;
    }
    return found;
  }

  at(index) {
    return this.values[this.whole ? index : this.offset(this.place(index))];
  }
}

// Numbers of all beats: (rows, columns, products), where an axis of 1 is the same for all.
class Table {
  constructor({ shape, differences }, lists) {
    this.shape = shape;
    this.lists = lists || differences.map(list => summed(list));
    this.steps = [shape[0] > 1 ? shape[1] * shape[2] : 0, shape[1] > 1 ? shape[2] : 0,
      shape[2] > 1 ? 1 : 0];
  }

  map(change) {
    return new Table({ shape: this.shape }, this.lists.map(list => list.map(change)));
  }

  get(beat, row, col, d) {
    const [byRow, byCol, byProduct] = this.steps;
    return this.lists[row * byRow + col * byCol + d * byProduct][beat];
  }
}

// A list from its differences.
function summed(differences) {
  let sum = 0;
  return differences.map(step => (sum += step));
}

// How many of the ascending numbers are at most this one.
function atMost(numbers, most) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= most) low = middle + 1; else high = middle;
  }
  return low;
}
