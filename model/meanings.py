"""What the parameters of an `ArrayConfig` are, each in a line."""

__all__ = ["MEANINGS"]

MEANINGS = {
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
    "bias_words": "depth of the bias memory; 0: no bias in hardware",
    "sum_words": "depth of the memory for partial sums, in rows of C; 0: none",
    "depthwise": "depthwise layers share words",
    "post_lanes": "L: sums requantized per cycle, a divisor of C; 0: none "
    "(default: 0; for quantized layers C / 2)",
    "post_mode": "how: int32, float32 or tflite (default: int32, or what a quantized layer needs)",
    "store_results": "results are also written to the activation memory, for the next layer",
    "pack_edges": "tiles can run on over output-channel tiles, and two rows share an output; "
                  "needs two banks of weights",
}
