"""The values of the run-time registers: a layer's shape, and what is done with its sums."""

from convolith.model.compile.limits import check_sizes
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.stored import Store
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers
from convolith.model.quantization.output import Output

__all__ = ["layer_registers"]


def layer_registers(
    tiling: Dataflow,
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
    The registers are those that the array has, in their order (`model.options.units.registers`);
    what is for others is left out.

    Raises
    ------
    ValueError
        If an extent or an address does not fit its register.
    """
    config = tiling.config
    values = tiling.register_values(act_base) | {
        "weight_base": weight_base,
        "padding_value": padding_value,
        "bias_base": bias_base,
        "add_bias": int(add_bias),
        "add_sums": int(add_sums),
        "keep_sums": int(keep_sums),
    }
    if output:
        values |= _requantization(tiling, output)
    if store:
        values |= tiling.store_values(store)
    _check_addresses(config, "act", act_base, tiling.act_words)
    _check_addresses(config, "weight", weight_base, tiling.weight_banks[0])
    check_sizes(tiling)
    found = {}
    for field in registers(config):
        value = values.get(field.name, 0)
        found[field.name] = value % (1 << field.bits) if field.wraps else value
    return found


def _requantization(tiling: Dataflow, output: Output) -> dict[str, int]:
    stored = {name: getattr(output, name) - output.offset for name in ("zero_point", "low", "high")}
    return {"requantize": 1, "chunks": chunks(tiling) - 1, **stored}


def _check_addresses(config: ArrayConfig, memory: str, base: int, words: int) -> None:
    depth = 1 << config.addr_bits
    if base < 0 or base + words > depth:
        raise ValueError(
            f"the layer's {memory} words must lie below 2**addr_bits = {depth}, "
            f"not from {base} to {base + words - 1}"
        )
