"""The design in another form does the same."""

import random

from amaranth.hdl import Cat, Const, Elaboratable, Fragment, Module, Mux, Signal, signed
from amaranth.hdl._ast import Concat, Slice
from amaranth.lib import data
from amaranth.sim import Simulator

from convolith.sim.engines.interpreted.design import direct, gather_registers

FIELDS = data.StructLayout({"a": 3, "b": signed(5), "c": data.ArrayLayout(4, 3), "d": 1})


class Parts(Elaboratable):
    """Fields of a structure of separate registers, read and written in all ways."""

    def __init__(self):
        self.i = Signal(21)
        self.parts = [Signal(3), Signal(signed(5)), Signal(12), Signal()]
        self.view = FIELDS(Cat(*self.parts))
        self.o = Signal(signed(9))
        self.sum = Signal(signed(8))
        self.unsigned = Signal(9)
        self.nested = Signal(6)
        self.inner = Signal(4)

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = Module()
        inner.d.sync += self.inner.eq(self.inner + self.view.d)
        view = self.view
        m.d.sync += view.a.eq(self.i[:3])
        with m.If(self.i[3]):
            m.d.sync += [view.b.eq(self.i[4:9]), view.c[1].eq(self.i), view.d.eq(view.c[0][2])]
        m.d.sync += [view.c[0].eq(view.b), view.c[2].eq(Cat(view.a, view.d)[1:3])]
        m.d.comb += [
            self.o.eq(Mux(view.d, view.b, view.c[1])),
            self.sum.eq(view.b + view.c[2].as_signed() + Cat(view.b, view.a)[2:7].as_signed()),
            self.unsigned.eq(Cat(view.a, view.b)[3:8]),  # the bits of a signed part
            # A slice across parts, a slice of a slice, and a constant among the parts.
            self.nested.eq(Cat(view.a, Const(5, 4), view.as_value()[1:9][2:6])[2:9][1:]),
        ]
        return m

    def signals(self):
        return [*self.parts, self.o, self.sum, self.unsigned, self.nested, self.inner]


def values(change) -> list[list[int]]:
    parts = Parts()
    design = Fragment.get(parts, None)
    simulator = Simulator(change(design))
    simulator.add_clock(1e-6)
    draw = random.Random(1)
    seen = []

    async def bench(ctx):
        for _ in range(300):
            ctx.set(parts.i, draw.randrange(1 << 21))
            await ctx.tick()
            seen.append([ctx.get(signal) for signal in parts.signals()])

    simulator.add_testbench(bench)
    simulator.run()
    return seen


def gathered(design):
    gather_registers(design)
    return design


def test_the_same_values():
    expected = values(lambda design: design)
    assert all(len({row[i] for row in expected}) > 1 for i in range(len(expected[0])))
    assert values(direct) == expected
    assert values(gathered) == expected
    assert values(lambda design: direct(gathered(design))) == expected


def test_no_slice_of_a_concatenation_is_left():
    seen = []

    def look(value):
        seen.append(type(value))
        if type(value) is Slice:
            assert type(value.value) is not Concat
        for inner in [*getattr(value, "operands", []), *getattr(value, "parts", [])]:
            look(inner)
        if type(value) is Slice:
            look(value.value)

    design = direct(Fragment.get(Parts(), None))
    for statements in design.statements.values():
        for statement in statements:
            if hasattr(statement, "lhs"):
                look(statement.lhs)
                look(statement.rhs)
    assert Slice in seen


def test_registers_are_gathered():
    design = gathered(Fragment.get(Parts(), None))
    ((inner, _name, _place),) = design.subfragments
    assert "sync" not in inner.statements
    assert len(design.statements["sync"]) > 4
