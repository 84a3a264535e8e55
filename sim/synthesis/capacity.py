"""The multipliers and memories that a block needs, computed before any tool runs."""

from convolith.hw.cells.ice40.multiplier import MOST_BITS_BESIDE
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import parameter_fields
from convolith.sim.synthesis.target import Target

__all__ = ["check_capacity"]


def multiplier_cells(config: ArrayConfig, target: Target) -> int:
    """Multiplier cells for all products. Two narrow ones of a PE share a cell, if the part can."""
    together = 1
    if target.pairs and max(config.act_bits, config.weight_bits) <= MOST_BITS_BESIDE:
        together = 2
    return config.rows * config.cols * -(-config.dot // together)


def memory_bits(config: ArrayConfig) -> int:
    """Bits of all memories."""
    return (
        config.act_words * config.act_word_bits
        + (config.weight_words + config.weight_odd_words) * config.weight_word_bits
        + (config.bias_words + config.sum_words) * config.sums_bits
        + config.bias_words * config.cols * sum(field.bits for field in parameter_fields(config))
        * bool(config.post_lanes)
    )


def check_capacity(block: str, config: ArrayConfig, target: Target) -> None:
    """Refuses a block that does not fit the part.

    Raises
    ------
    ValueError
        Naming what is needed, and what the part has.
    """
    if block == "lane":  # does not depend on the array
        return
    needed = multiplier_cells(config, target)
    if needed > target.multipliers:
        raise ValueError(
            f"rows * cols * dot must need at most {target.multipliers} multiplier cells for "
            f"{target.name}, not {needed} with {config.shape}"
        )
    needed, most = memory_bits(config), target.ram_bits
    if block == "core" and needed > most:
        names = ("act_words", "weight_words", "bias_words", "sum_words")
        depths = ", ".join(f"{name} {getattr(config, name)}" for name in names)
        raise ValueError(
            f"the memories must need at most {most:,} bits of block RAM for {target.name}, "
            f"not {needed:,} with {depths}"
        )
