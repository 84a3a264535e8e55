"""The formulas of the registers of layers with shared words."""

from convolith.model.dataflow.dense.formulas import DENSE
from convolith.model.dataflow.formulas import Quantity

__all__ = ["SHARED"]

SHARED = DENSE.extended(
    {
        "pixel_words": Quantity("ceil(IC / V)", "activation words of a pixel"),
        "line_words": DENSE.quantities["line_words"],
        "multiplier": Quantity("OC // IC", "output channels of an input channel"),
        "parts": Quantity("ceil(min(IC, V) / min(V, G * C))", "parts of a word, of G * C lanes"),
        "ratio_x": Quantity("stride_x // gcd(stride_x, dilation_x)",
                            "outputs' taps that share no pixel: so many phases, if the kernel has"
                            " so many taps"),
        "ratio_y": Quantity("stride_y // gcd(stride_y, dilation_y)", "the same along y"),
        "spacing_y": Quantity("dilation_y // gcd(stride_y, dilation_y)",
                              "strides from a tap of a phase to the next one, along y"),
        "phases_y": Quantity("min(KY, ratio_y)", "sets of taps that share pixels, along y"),
        "reach_y": Quantity("(ceil(KY / ratio_y) - 1) * spacing_y",
                            "strides from a phase's first tap to its last, along y"),
        "last_reach_y": Quantity("(ceil((KY - phases_y + 1) / ratio_y) - 1) * spacing_y",
                                 "the same in the last phase"),
        "line": Quantity("(phases_y - 1) * (PY + reach_y) + max(reach_y + 1, PY + last_reach_y)",
                         "words of a line that a patch needs"),
        "ordered": Quantity("(PX - 1) * stride_x + (KX - 1) * dilation_x + 1",
                            "lines of a patch in their order"),
        "by_phase": Quantity(
            "min(KX, ratio_x) * (PX + (ceil(KX / ratio_x) - 1) * dilation_x"
            " // gcd(stride_x, dilation_x))", "lines of a patch phase by phase",
        ),
        "in_order": Quantity(
            "ordered < by_phase and (PX == 1 or stride_x * line - PY <= most_delay)"
            " and G * ((PX - 1) * stride_x * line + PY) <= ordered * line",
            "1: lines come in their order",
        ),
        "step_x": Quantity("1 if in_order else stride_x",
                           "lines of the input from a line of words to the next one"),
        "spacing_x": Quantity("dilation_x // gcd(step_x, dilation_x)",
                              "lines of words from a tap of a phase to the next one, along x"),
        "phases_x": Quantity("min(KX, step_x // gcd(step_x, dilation_x))",
                             "sets of taps that share lines, along x"),
        "reach_x": Quantity(
            "(ceil(KX / (step_x // gcd(step_x, dilation_x))) - 1) * spacing_x",
            "lines of words from a phase's first tap to its last, along x",
        ),
        "lines": Quantity("(PX - 1) * (stride_x // step_x) + reach_x + 1",
                          "lines of a patch, per phase"),
        "least": Quantity("max(2, ceil(R / (phases_x * lines * phases_y)))",
                          "words of a line, per phase, at least"),
        "columns": Quantity("max(least, PY + reach_y)", "words of a line, per phase"),
        "last_columns": Quantity("max(least, reach_y + 1, PY + last_reach_y)",
                                 "the same in the last phase"),
        "line_cycles": Quantity("(phases_y - 1) * columns + last_columns",
                                "words of a line, of all phases"),
        "patches_x": Quantity("ceil(OX / PX)", "patches of an image along x"),
        "patches_y": Quantity("ceil(OY / PY)", "the same along y"),
        "edge_x": Quantity("(OX - 1) % PX + 1", "outputs of the last patch along x"),
        "edge_y": Quantity("(OY - 1) % PY + 1", "the same along y"),
        "patch_y": Quantity("PY * stride_y * pixel_words", "words from a patch to the next, y"),
        "patch_x": Quantity("PX * stride_x * line_words", "words from a patch to the next, x"),
        "y_back": Quantity("(patches_y - 1) * patch_y", "words from a line's first patch to its "
                           "last"),
        "phase_y": Quantity("dilation_y - stride_y * (columns - 1)",
                            "pixels from a phase's last word to the next phase's first, along y"),
        "phase_x": Quantity("dilation_x - step_x * (lines - 1)", "the same along x"),
        "line_end": Quantity(
            "((phases_y - 1) * dilation_y + stride_y * (last_columns - 1)) * pixel_words",
            "words from a line's first word to its last",
        ),
        "out_line": Quantity("OY * out_words", "activation words of an output line, if stored"),
    },
    {
        "g_count": "pixel_words - 2",
        "oc_count": "multiplier * parts - 2",
        "px_count": "N * patches_x * patches_y - 2",
        "ic_count": "phases_x - 2",
        "kx_count": "lines - 2",
        "ky_count": "phases_y - 2",
        "ox_count": "patches_x - 2",
        "oy_count": "patches_y - 2",
        "stride_x": "PX * stride_x",
        "stride_y": "PY * stride_y",
        "dilation_x": "step_x",
        "dilation_y": "phase_y",
        "delta_g": "1",
        "delta_n": "IX * line_words - (patches_x - 1) * patch_x - y_back",
        "delta_ox": "patch_x - y_back",
        "delta_oy": "patch_y",
        "delta_ic": "phase_x * line_words - line_end",
        "delta_kx": "step_x * line_words - line_end",
        "delta_ky": "phase_y * pixel_words",
        "chunks": "ceil(min(IC, V, C) / L) - 1",
        "columns": "columns - 2",
        "last_columns": "last_columns - 2",
        "taps_y": "reach_y + 1",
        "taps_x": "reach_x + 1",
        "slot_y": "stride_y",
        "delta_slot": "stride_y * pixel_words",
        "back_x": "phase_x",
        "parts": "parts - 1",
        "line_delay": "stride_x // step_x * line_cycles - PY if PX > 1 else 0",
        "edge_x": "sum(1 << r for r in range(R) if r % (PX * PY) // PY < edge_x)",
        "edge_y": "sum(1 << r for r in range(R) if r % PY < edge_y)",
        "last_row": "(G - 1) * R // G + (edge_x - 1) * PY + edge_y - 1",
        "store_pass": "min(V, G * C) // L",
        "last_j": "edge_y - 2",
        "patch_j": "PY - 2",
        "last_i": "edge_x - 2",
        "patch_i": "PX - 2",
        "store_i": "out_line * V // L",
        "store_oy": "PY * out_words * V // L",
        "store_ox": "PX * out_line * V // L",
        "store_n": "OX * out_line * V // L",
    },
    switch="shared_words",
    note="These layers are depthwise: `groups` is IC. A patch has PX x PY outputs, and a word G\n"
    "lane groups; both are properties of the array. Layers can also run with PX = 1 and PY =\n"
    "R // G.\n\n"
    "Activations lie as those of a layer with one group. Weight words lie in the order (word,\n"
    "multiplier, part, bank, phase_x, a, phase_y, b): tap `kx = phase_x + a / spacing_x *\n"
    "ratio`, where `ratio` is `step_x // gcd(step_x, dilation_x)`; a is from 0 to\n"
    "`reach_x`, and words where a is no multiple of `spacing_x`, or kx is KX or more, are 0;\n"
    "likewise along y. Lane group g has its weights at product `g % D`; groups from D on are\n"
    "in a second bank. Column c of lane group g has channel `word * V + (part * G + g) * C +\n"
    "c`. A bias word is for (word, multiplier, part, g).",
)
"""Of a layer with shared words by patches. By lines: PX = 1, and PY = R / G."""
