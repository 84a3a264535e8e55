"""A layer's results in the activation memory, as the next layer's input: where, and which can.

Both layers must agree on the layout: all channels of a pixel in words of V, (n, x, y, block).
"""


from convolith.model.arrays import Ints
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.stored import Store
from convolith.model.quantization.output import Output

__all__ = ["reads_stored", "stores", "write_results"]


def write_results(memory: Ints, tiling: Dataflow, store: Store, y: Ints, output: Output) -> None:
    """Puts a layer's output, (N, count, OX, OY), where it belongs: memory is (words, V).

    ``y`` has activations as they are stored. Words of L activations are written: where channels do
    not fill the last one, it ends with zeros of the ``output``.
    """
    lanes, end = tiling.config.post_lanes, store.base + store.words(tiling.config, tiling.layer.P)
    pixels = memory[store.base : end].reshape(tiling.layer.P, -1)
    mine = slice(store.first, store.first + store.count)
    pixels[:, mine] = y.transpose(0, 2, 3, 1).reshape(tiling.layer.P, -1)
    rest = slice(mine.stop, store.first + -(-store.count // lanes) * lanes)
    pixels[:, rest] = output.zero_point - output.offset


def reads_stored(mapping: Mapping) -> bool:
    """Its input lies as results are stored, and not laid out anew, nor in groups of words."""
    config, layer, tiling = mapping.config, mapping.layer, mapping.tiling
    if mapping.fold or mapping.spread or mapping.stack > 1:
        return False
    whole = mapping.kind.whole_words or tiling.layer.groups == 1
    together = whole or tiling.layer.group_IC % config.lanes == 0
    return together and tiling.pixel_words == -(-layer.IC // config.lanes)


def stores(mapping: Mapping) -> bool:
    """Its results can be stored: they come as words of L neighbouring channels of a pixel.

    A register has the number of these words.
    """
    config = mapping.config
    if not config.store_results or mapping.spread or mapping.stack > 1:
        return False
    if not mapping.tiling.can_store:
        return False
    return -(-mapping.layer.OC // config.post_lanes) < 1 << config.size_bits
