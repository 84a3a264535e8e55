"""Files damaged at random, from a seed: what a disk or a tired user makes of good ones."""

BYTES = b'\x00\n\r\t ,;"#-0123456789aDPex{}[]:.\xff'


def flipped(rng, data):
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]


def replaced(rng, data):
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([rng.choice(list(BYTES))]) + data[at + 1 :]


def inserted(rng, data):
    at = int(rng.integers(len(data) + 1))
    return data[:at] + bytes([rng.choice(list(BYTES))]) + data[at:]


def deleted(rng, data):
    at, length = int(rng.integers(len(data))), int(rng.integers(1, 5))
    return data[:at] + data[at + length :]


def cut_off(rng, data):
    return data[: int(rng.integers(len(data)))]


def repeated(rng, data):
    """A part of it is there again, elsewhere."""
    begin, end = sorted(int(n) for n in rng.integers(len(data), size=2))
    at = int(rng.integers(len(data)))
    return data[:at] + data[begin : min(end, begin + 40)] + data[at:]


DAMAGES = (flipped, replaced, inserted, deleted, cut_off, repeated)


def damaged(rng, data):
    """Once, or twice."""
    for _ in range(int(rng.integers(1, 3))):
        if data:
            data = rng.choice(DAMAGES)(rng, data)
    return data
