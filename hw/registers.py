"""The run-time registers: a layer's shape, as the core takes it."""

from amaranth.hdl import signed, unsigned
from amaranth.lib import data

from convolith.hw import depthwise_registers, packed_registers, store_registers
from convolith.model.config import ArrayConfig
from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.limits import check_sizes, tile_bits
from convolith.model.post_rows import chunks
from convolith.model.quantization.output import Output
from convolith.model.store import Store
from convolith.model.tiling import Tiling

__all__ = ["layer_registers", "meanings", "register_layout"]

UNSIGNED = ("dilation_y", "columns", "back_x")  # in which something negative can be put

MEANINGS = {
    "g_count": "groups - 2",
    "oc_count": "tiles of C output channels per group - 2",
    "px_count": "tiles of R output pixels - 2",
    "ic_count": "activation words per pixel and group - 2",
    "kx_count": "KX - 2",
    "ky_count": "KY - 2",
    "n_count": "images - 2",
    "ox_count": "OX - 2",
    "oy_count": "OY - 2",
    "stride_x": "stride along x",
    "stride_y": "stride along y",
    "dilation_x": "dilation along x",
    "dilation_y": "dilation along y",
    "first_x": "minus the padding along x",
    "first_y": "minus the padding along y",
    "size_x": "IX, the input's extent along x",
    "size_y": "IY, the input's extent along y",
    "act_base": "address of the word at (first_x, first_y), image 0, group 0",
    "delta_g": "what is added to the address of a group's first pixel for the next group's",
    "delta_n": "... to a pixel's address when n goes on, and ox and oy start over",
    "delta_ox": "... when ox goes on, and oy starts over",
    "delta_oy": "... when oy goes on",
    "delta_ic": "... to a step's offset when ic_block goes on, and kx and ky start over",
    "delta_kx": "... when kx goes on, and ky starts over",
    "delta_ky": "... when ky goes on",
    "weight_base": "address of the layer's first weight word",
    "padding_value": "what every lane holds outside the input",
    "group_oc": "output channels per group; only names things in waveforms",
    "one_dimensional": "1 for a 1D layer; likewise",
}
BIAS_MEANINGS = {
    "bias_base": "address of the layer's first bias word",
    "add_bias": "1: the bias is added to the sums",
}
SUM_MEANINGS = {
    "add_sums": "1: the sums that the layer before has kept are added",
    "keep_sums": "1: the sums are kept for the next layer, and do not leave",
}
POST_MEANINGS = {
    "requantize": "1: the sums are requantized, and leave as activations",
    "chunks": "words of L activations per row of sums - 1",
    "zero_point": "the activation that stands for zero",
    "low": "the least activation",
    "high": "the greatest activation",
}


def meanings(config: ArrayConfig) -> dict[str, str]:
    """What each register holds."""
    return (
        MEANINGS
        | (BIAS_MEANINGS if config.bias_words else {})
        | (SUM_MEANINGS if config.sum_words else {})
        | (POST_MEANINGS if config.post_lanes else {})
        | (depthwise_registers.MEANINGS if config.shares_words else {})
        | (store_registers.meanings(config) if config.store_results else {})
        | (packed_registers.meanings(config) if config.pack_edges else {})
    )


def register_layout(config: ArrayConfig) -> data.StructLayout:
    """The payload of the core's ``i_layer`` stream; `meanings` says what each field holds.

    Loops are counted down, and a counter's sign says "last time": the register of a loop that runs
    ``count`` times holds ``count - 2``. Addresses and what is added to them are modulo
    ``2**addr_bits``.
    """
    size, address = unsigned(config.size_bits), unsigned(config.addr_bits)
    count = coordinate = signed(config.size_bits + 1)
    shapes = {
        "px_count": signed(tile_bits(config) + 1),
        "first_x": coordinate,
        "first_y": coordinate,
        **dict.fromkeys(("padding_value", "zero_point", "low", "high"), signed(config.act_bits)),
        "requantize": unsigned(1),
        "chunks": range(max(2, config.chunks)),
        **dict.fromkeys(("one_dimensional", "add_bias", "add_sums", "keep_sums"), unsigned(1)),
    }
    if config.pack_edges:
        shapes |= packed_registers.register_shapes(config)
    for name in meanings(config):
        if name.endswith("_count"):
            shapes.setdefault(name, count)
        elif name.startswith("delta") or name.endswith("base"):
            shapes[name] = address
    if config.shares_words:
        shapes |= depthwise_registers.register_shapes(config)
    if config.store_results:
        shapes |= store_registers.register_shapes(config)
    return data.StructLayout({name: shapes.get(name, size) for name in meanings(config)})


def layer_registers(
    tiling: AnyTiling,
    *,
    act_base: int = 0,
    weight_base: int = 0,
    bias_base: int = 0,
    padding_value: int = 0,
    add_bias: bool = False,
    add_sums: bool = False,
    keep_sums: bool = False,
    output: Output | None = None,
    store: Store | None = None,
) -> dict[str, int]:
    """The registers' values for a layer whose words start at ``act_base``, ``weight_base``, ...

    With an ``output`` its sums are requantized; with a ``store`` these results are also written.

    Raises
    ------
    ValueError
        If an extent or an address does not fit its register.
    """
    config = tiling.config
    plain = Tiling(config, tiling.layer) if isinstance(tiling, DepthwiseTiling) else tiling
    values = _plain_values(plain, act_base)
    if isinstance(tiling, DepthwiseTiling):
        values |= depthwise_registers.depthwise_values(tiling, act_base)
    elif config.shares_words:
        values |= depthwise_registers.plain_values(tiling)
    values |= {"weight_base": weight_base, "padding_value": padding_value}
    if config.bias_words:
        values |= {"bias_base": bias_base, "add_bias": int(add_bias)}
    if config.sum_words:
        values |= {"add_sums": int(add_sums), "keep_sums": int(keep_sums)}
    if config.post_lanes:
        values |= _post_values(tiling, output)
    if config.store_results:
        values |= store_registers.store_values(tiling, store)
    if config.pack_edges:
        values |= packed_registers.packed_values(tiling)
    _check_addresses(config, "act", act_base, tiling.act_words)
    _check_addresses(config, "weight", weight_base, tiling.weight_banks[0])
    check_sizes(tiling)
    layout = register_layout(config)
    for name in values:
        if name.startswith("delta") or name.endswith("base") or name in UNSIGNED:
            values[name] %= 1 << layout[name].width
    return {name: values[name] for name, _ in layout}


def _plain_values(tiling: Tiling, act_base: int) -> dict[str, int]:
    layer = tiling.layer
    (sx, sy), (px, py), (dx, dy) = layer.stride, layer.padding, layer.dilation
    word_y = tiling.pixel_words
    word_x = layer.IY * word_y
    oy, ox, ky = sy * word_y, sx * word_x, dy * word_y
    kx, last_oy, last_ky = dx * word_x, (layer.OY - 1) * oy, (layer.KY - 1) * ky
    beyond = tiling.ic_blocks - tiling.row_blocks  # the first word of a pixel's second row, if any
    return {
        "g_count": layer.groups - 2,
        "oc_count": tiling.oc_tiles - 2,
        "px_count": tiling.px_tiles - 2,
        "ic_count": tiling.row_blocks - 2,
        "kx_count": layer.KX - 2,
        "ky_count": layer.KY - 2,
        "n_count": layer.N - 2,
        "ox_count": layer.OX - 2,
        "oy_count": layer.OY - 2,
        "stride_x": sx,
        "stride_y": sy,
        "dilation_x": dx,
        "dilation_y": dy,
        "first_x": -px,
        "first_y": -py,
        "size_x": layer.IX,
        "size_y": layer.IY,
        "act_base": act_base - px * word_x - py * word_y,
        "delta_g": tiling.ic_blocks,
        "delta_n": layer.IX * word_x - (layer.OX - 1) * ox - last_oy - beyond,
        "delta_ox": ox - last_oy - beyond,
        "delta_oy": oy - beyond,
        "delta_ic": 1 - (layer.KX - 1) * kx - last_ky,
        "delta_kx": kx - last_ky,
        "delta_ky": ky,
        "group_oc": layer.group_OC,
        "one_dimensional": int(layer.dims == 1),
    }


def _post_values(tiling: AnyTiling, output: Output | None) -> dict[str, int]:
    if output is None:
        return dict.fromkeys(POST_MEANINGS, 0)
    stored = {name: getattr(output, name) - output.offset for name in ("zero_point", "low", "high")}
    return {"requantize": 1, "chunks": chunks(tiling) - 1, **stored}


def _check_addresses(config: ArrayConfig, memory: str, base: int, words: int) -> None:
    depth = 1 << config.addr_bits
    if base < 0 or base + words > depth:
        raise ValueError(
            f"the layer's {memory} words must lie below 2**addr_bits = {depth}, "
            f"not from {base} to {base + words - 1}"
        )
