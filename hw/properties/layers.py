"""Layers one after the other, whose registers stay only as long as a block needs them."""

from amaranth.hdl import *

from convolith.hw.properties.property import Property

__all__ = ["DATAFLOWS", "Layers", "is_of_kind"]

DATAFLOWS = {"shared_words": "shared", "packed_tiles": "packed", "row_pairs": "paired"}
"""The register that chooses a dataflow, and the dataflow's name."""


def is_of_kind(layer, kind: str) -> Value:
    """Whether a layer is of a dataflow, as its registers say; ``plain``: of none of the others."""
    chosen = [
        layer[option] == (kind == name) for option, name in DATAFLOWS.items()
        if option in layer.shape().members
    ]
    return Cat(chosen).all()


class Layers:
    """Assumes of the registers no more than the core keeps to.

    A layer's registers stay from its start until no block needs them. Then the layer port opens,
    and they change in every cycle, until the next layer starts. When that is, the solver chooses.
    `registers_stay` proves for the whole core that no block needs them any more.

    Layers of other dataflows may run before and after those of which something is claimed.

    Parameters
    ----------
    prop : Property
    m : Module
    registers : View or Value
    start : Value
        A layer begins.
    needed : Value
        A block needs the registers in this cycle.
    kind : Value or None
        The registers are those of a layer of which something is claimed; None: all layers.

    Members
    -------
    current : Value
        Such a layer has started before this cycle, and its registers are still there.
    """

    def __init__(
        self, prop: Property, m: Module, *, registers, start: Value, needed: Value,
        kind: Value | None = None,
    ):
        opens, running = prop.free(1, "opens"), Signal(name="running")
        m.d.sync += running.eq(start | (running & ~opens))
        self.current = there = running & ~opens & ~start
        if kind is not None:
            right = Signal(name="right_layer")
            with m.If(start):
                m.d.sync += right.eq(kind)
            self.current = there & right
            prop.claim("it is known whether the layer is of this kind", ~self.current | kind)
        prop.assume("registers stay until no block needs them: `registers_stay`", ~there | (
            Value.cast(registers) == prop.before(m, registers, "registers_before")))
        prop.assume("a block needs registers only while they are there: `registers_stay`",
                    ~needed | there)
