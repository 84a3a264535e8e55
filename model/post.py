"""The post-processor's build-time parameters: what they can be."""

from typing import Any

__all__ = ["POST_MODES", "check_post", "usual_lanes"]

POST_MODES = ("int32", "float32", "tflite")

SUM_BITS = 32
"""Of a quantized layer's sums, as PyTorch and TFLite have them."""


def check_post(config: Any) -> None:
    """Refuses an `ArrayConfig` whose lanes cannot be built.

    Raises
    ------
    ValueError
        Naming the parameter.
    """
    if config.post_mode not in POST_MODES:
        raise ValueError(
            f"post_mode must be one of {', '.join(POST_MODES)}, not {config.post_mode!r}"
        )
    if not config.post_lanes:
        if config.store_results:
            raise ValueError("post_lanes must be at least 1 with store_results, not 0")
        return
    if config.store_results:
        banks, rest = divmod(config.lanes, config.post_lanes)
        if rest or not banks or banks & (banks - 1):
            raise ValueError(
                f"lanes must be 1, 2, 4, ... times post_lanes = {config.post_lanes} with "
                f"store_results, not {config.lanes}"
            )
    if config.cols % config.post_lanes:
        raise ValueError(
            f"post_lanes must be a divisor of cols = {config.cols}, not {config.post_lanes}"
        )
    if config.acc_bits > SUM_BITS:
        raise ValueError(
            f"acc_bits must be at most {SUM_BITS} with post_lanes, not {config.acc_bits}"
        )
    if not config.bias_words:
        raise ValueError("bias_words must be at least 1 with post_lanes, not 0")
    if config.parameters_words > 1 << config.addr_bits:
        raise ValueError(
            f"bias_words * cols / post_lanes must be at most 2**addr_bits = "
            f"{1 << config.addr_bits}, not {config.parameters_words}"
        )


def usual_lanes(cols: int) -> int:
    """L for networks: half of the columns, or what divides them next below.

    So that a row takes two cycles: depthwise layers, whose tiles are short, keep the array busy.
    """
    return max(lanes for lanes in range(1, max(1, cols // 2) + 1) if cols % lanes == 0)
