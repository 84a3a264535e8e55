"""The values of the run-time registers: a layer's shape, and what is done with its sums."""

from collections.abc import Container, Mapping

from convolith.model.compile.limits import check_sizes
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.stored import Store
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers, units
from convolith.model.quantization.output import Output

__all__ = ["layer_registers"]


def layer_registers(
    tiling: Dataflow,
    *,
    act_base: int = 0,
    output: Output | None = None,
    store: Store | None = None,
    **more: int,
) -> dict[str, int]:
    """The registers' values for a layer whose input starts at ``act_base``.

    With an ``output`` its sums are requantized; with a ``store`` these results are also written.
    ``more``: other registers by name, say ``add_bias=1``; without them they are 0. The registers
    are those that the array has, in their order (`model.options.units.registers`).

    Raises
    ------
    ValueError
        If an extent or an address does not fit its register, or a register of ``more`` is not
        0 and the array does not have it.
    """
    config = tiling.config
    values: dict[str, int] = {}
    for unit in units(config):
        values |= unit.idle_registers(config, tiling.layer)
    values |= tiling.register_values(act_base) | more
    if output:
        values |= _requantization(tiling, output)
    if store:
        values |= tiling.store_values(store)
    _check_addresses(config, "act", act_base, tiling.act_words)
    _check_addresses(config, "weight", values.get("weight_base", 0), tiling.weight_banks[0])
    check_sizes(tiling)
    fields = registers(config)
    _check_names(more, {field.name for field in fields})
    found = {}
    for field in fields:
        value = int(values.get(field.name, 0))
        if field.wraps:
            value %= 1 << field.bits
        low, high = (-1 << field.bits - 1, 1 << field.bits - 1) if field.signed else (
            0, 1 << field.bits
        )
        if not low <= value < high:
            raise ValueError(
                f"{field.name}, {field.meaning}, must be from {low} to {high - 1} in its register "
                f"of {field.bits} bits, not {value}"
            )
        found[field.name] = value
    return found


def _check_names(values: Mapping[str, int], names: Container[str]) -> None:
    for name, value in values.items():
        if value and name not in names:
            raise ValueError(f"{name} must be 0, as the array has no such register, not {value}")


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
