"""Steps of nested loops through memory, as a layer's registers have them."""

from itertools import pairwise

from amaranth.hdl import *

from convolith.hw.properties.property import Property

__all__ = ["NestedPlaces"]


class NestedPlaces:
    """Where the rounds of nested loops begin, the innermost loop first.

    Each loop has a stride. A round begins a stride after the round before. The first round of an
    inner loop begins where the outer loop's round begins. So a place is the sum of all loops'
    counters times their strides, and no product is needed to say so.

    The core keeps a single place instead, and adds to it a loop's delta: the stride, without what
    the loops within it have added. Such a sum of strides is the inner loop's *span*. Strides of
    outer loops and spans are free numbers here, and deltas follow from them.

    Parameters
    ----------
    prop : Property
    m : Module
    deltas : dict of Value
        For each loop the register with its delta, the innermost first. The innermost loop's stride
        is its delta.
    first : Value
        Where the outermost loop's first round begins.
    restart : Value
        All loops begin again, at ``first``.
    goes_on : dict of Value
        The loop goes on to its next round; if several do, the outermost counts.
    last : dict of Value
        The place is in the loop's last round. Only then its span is known.
    in_use : Value
        There is a place.
    name : str
        Of the signals.

    Members
    -------
    place : Signal
        The place of the innermost loop's round.
    """

    def __init__(
        self, prop: Property, m: Module, *, deltas: dict[str, Value], first: Value, restart: Value,
        goes_on: dict[str, Value], last: dict[str, Value], in_use: Value, name: str = "place",
    ):
        loops = list(deltas)
        at = {loop: Signal(len(first), name=f"{name}_{loop}") for loop in loops}
        self.place = at[loops[0]]
        stride: dict[str, Value] = {loops[0]: deltas[loops[0]]}
        within: Value = C(0)  # the spans of all loops within the next one
        for inner, outer in pairwise(loops):
            span = prop.free(len(first), f"{name}_span_{inner}")
            within = (within + span)[: len(first)]
            stride[outer] = (deltas[outer] + within)[: len(first)]
            prop.assume("a layer's spans are constant", ~in_use
                        | (span == prop.before(m, span, f"{name}_span_{inner}_before")))
            prop.assume(
                f"the span of {inner} is the sum of its strides: the layer's registers",
                ~in_use | ~last[inner] | (at[inner] == (at[outer] + span)[: len(first)]),
            )
        # From the innermost loop out: the last assignment counts.
        for number, loop in enumerate(loops):
            with m.If(goes_on[loop]):
                m.d.sync += [
                    at[inner].eq(at[loop] + stride[loop]) for inner in loops[: number + 1]
                ]
        with m.If(restart):
            m.d.sync += [register.eq(first) for register in at.values()]
