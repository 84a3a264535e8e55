"""Whether a layer fits the memories."""

from convolith.model.tiling import Tiling

__all__ = ["check_memories"]


def check_memories(tiling: Tiling) -> None:
    """Refuses a layer that is too large for ``act_words`` or ``weight_words``.

    Raises
    ------
    ValueError
        Naming the memory and the depth that the layer would need.
    """
    config = tiling.config
    for name, needed, depth in (
        ("act_words", tiling.act_words, config.act_words),
        ("weight_words", tiling.weight_words, config.weight_words),
    ):
        if needed > depth:
            raise ValueError(f"{name} must be at least {needed} for this layer, not {depth}")
