"""The array itself: what every core has."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Memory, Stream, Unit

__all__ = ["ArrayUnit"]

LOOPS = {
    "g_count": "groups - 2",
    "oc_count": "tiles of C output channels per group - 2",
    "px_count": "tiles of R output pixels - 2",
    "ic_count": "activation words per pixel and group - 2",
    "kx_count": "KX - 2",
    "ky_count": "KY - 2",
    "n_count": "images - 2",
    "ox_count": "OX - 2",
    "oy_count": "OY - 2",
}
SHAPE = {
    "stride_x": "stride along x, the height",
    "stride_y": "stride along y, the width",
    "dilation_x": "dilation along x",
    "dilation_y": "dilation along y",
    "first_x": "minus the padding along x",
    "first_y": "minus the padding along y",
    "size_x": "IX, the input's height",
    "size_y": "IY, the input's width",
}
ADDRESSES = {
    "act_base": "address of the word at (first_x, first_y), image 0, group 0",
    "delta_g": "added to the address of a group's first pixel for the next group's",
    "delta_n": "added to a pixel's address when n goes on, and ox and oy begin again",
    "delta_ox": "added to a pixel's address when ox goes on, and oy begins again",
    "delta_oy": "added to a pixel's address when oy goes on",
    "delta_ic": "added to a step's offset when ic_block goes on, and kx and ky begin again",
    "delta_kx": "added to a step's offset when kx goes on, and ky begins again",
    "delta_ky": "added to a step's offset when ky goes on",
    "weight_base": "address of the layer's first weight word",
}


class ArrayUnit(Unit):
    """The PEs, the loop nest, the two large memories and the stream of sums."""

    parameters = {
        "rows": "R: output pixels at a time, one per row of the array",
        "cols": "C: output channels at a time, one per column",
        "dot": "D: products that a PE adds up per cycle",
        "lanes": "V: channels in an activation word, a multiple of D (default: R * D)",
        "act_bits": "width of the signed activations, 2 to 16",
        "weight_bits": "width of the signed weights, 2 to 16",
        "acc_bits": "width of the accumulators, 8 to 48",
        "addr_bits": "width of the memory addresses, 4 to 32",
        "size_bits": "width of the shape registers, 4 to 24",
        "act_words": "depth of the activation memory",
        "weight_words": "depth of the weight memory, or of each of its two banks",
    }

    row_order = "(g, oc_tile, n, ox, oy)"

    def is_in(self, config: ArrayConfig) -> bool:
        return True

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        """A loop that runs ``count`` times is counted down, and so holds ``count - 2``."""
        size, address = config.size_bits, config.addr_bits
        loops = (
            Field(name=name, bits=(config.tile_bits if name == "px_count" else size) + 1,
                  signed=True, meaning=meaning)
            for name, meaning in LOOPS.items()
        )
        # What is added to a coordinate may be negative; a dilation's register holds such a number.
        shape = (
            Field(name=name, bits=size + name.startswith("first"), signed=name.startswith("first"),
                  wraps=name == "dilation_y", meaning=meaning)
            for name, meaning in SHAPE.items()
        )
        addresses = (
            Field(name=name, bits=address, wraps=True, meaning=meaning)
            for name, meaning in ADDRESSES.items()
        )
        return (
            *loops, *shape, *addresses,
            Field(name="padding_value", bits=config.act_bits, signed=True,
                  meaning="what every lane holds outside the input"),
            Field(name="group_oc", bits=size,
                  meaning="output channels per group; only for the loop variables of waveforms"),
            Field(name="one_dimensional", bits=1,
                  meaning="1: a 1D layer; only for the loop variables of waveforms"),
        )

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        activations = f"{config.lanes} activations, channel 0 lowest"
        weights = f"{config.dot} weights for each of {config.cols} columns, column 0 lowest"
        return (
            Memory(name="act", bits=config.act_bits, count=config.lanes, depth=config.act_words,
                   meaning=activations),
            Memory(name="weight", bits=config.weight_bits, count=config.cols * config.dot,
                   depth=config.weight_words, meaning=weights),
        )

    def outputs(self, config: ArrayConfig) -> tuple[Stream, ...]:
        sums = f"{config.cols} signed sums of {config.acc_bits} bits, column 0 lowest"
        return (
            Stream(
                name="o", item="row",
                fields=(
                    Field(name="sums", bits=config.acc_bits, signed=True, count=config.cols,
                          meaning=sums),
                    Field(name="last", bits=1, meaning="the layer's last row"),
                ),
                meaning="rows of sums, one per output pixel",
            ),
        )
