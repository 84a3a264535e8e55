"""The solver's answers: claims that hold, that break, that induction cannot show; witnesses."""

import pytest
from amaranth.hdl import *

from convolith.hw.properties.method import Bounded, Induction
from convolith.hw.properties.property import Property
from convolith.sim.proofs.solver import ask_for_error, ask_for_proof
from convolith.sim.proofs.trial import prove


class Counter(Property):
    """Counts 0, 1, .. 5, 0, when it likes; the claim is the size's."""

    name = "counter"
    says = "a counter stays below a limit"
    sizes = ({"limit": 6, "reach": 5},)
    method = Induction(k=1)

    def build(self, m, platform):
        go, count = self.free(1, "go"), Signal(4)
        with m.If(go):
            m.d.sync += count.eq(Mux(count == 5, 0, count + 1))
        self.assume("nothing else", C(1))
        self.claim("the counter is below its limit", count < self.size["limit"])
        self.reach("a value", count == self.size["reach"])


class Short(Counter):
    method = Bounded(cycles=4)


def test_a_claim_that_holds_is_proved():
    answer = ask_for_proof(Counter({"limit": 6, "reach": 5}))
    assert answer.holds
    assert answer.reached
    assert prove(Counter, {"limit": 6, "reach": 5}).good


def test_a_claim_that_breaks_has_a_run():
    answer = ask_for_error(Counter({"limit": 5, "reach": 5}))
    assert not answer.holds
    assert answer.trace["claim_0"] == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 0}
    assert [answer.trace["go"][cycle] for cycle in range(1, 6)] == [1] * 5


def test_a_claim_that_holds_may_be_beyond_induction():
    """From 8, which is never reached, the counter goes on to 9."""
    verdict = prove(Counter, {"limit": 9, "reach": 5})
    assert not verdict.good
    assert verdict.why.endswith("does not show it, though no run breaks it")


def test_what_is_never_reached_spoils_a_proof():
    answer = ask_for_proof(Counter({"limit": 6, "reach": 6}))
    assert answer.holds
    assert not answer.reached
    verdict = prove(Counter, {"limit": 6, "reach": 6})
    assert (verdict.good, verdict.why) == (
        False, "no run of 12 cycles has all that is to be reached")


@pytest.mark.parametrize(("limit", "holds"), [(4, True), (3, False)])
def test_a_bounded_claim_is_shown_up_to_its_bound(limit, holds):
    """In cycle 4 the counter can have counted to 3, and not further."""
    assert ask_for_proof(Short({"limit": limit, "reach": 1})).holds == holds


class Zero(Elaboratable):
    """Gives 0."""

    def __init__(self, i):
        self.i, self.zero = i, Signal()

    def elaborate(self, platform):
        m = Module()
        zero = Signal()
        m.d.sync += zero.eq(zero & self.i[0])
        m.d.comb += self.zero.eq(zero)
        return m


class Inner(Property):
    name = "inner"
    says = "an inner block's output is 0"
    sizes = ({"cut": (), "opaque": False},)
    method = Induction(k=1)

    def __init__(self, size):
        super().__init__(size)
        self.cut, self.opaque = size["cut"], size["opaque"]

    def build(self, m, platform):
        a, b = self.free(3, "a"), self.free(3, "b")
        m.submodules.block = block = Zero(a)
        self.claim("the output is 0", block.zero == 0)
        self.claim("no product is 11", a * b != 11)


@pytest.mark.parametrize(
    ("cut", "opaque", "broken"),
    [((), False, None), (("block",), False, "claim_0"), ((), True, "claim_1")],
)
def test_what_is_cut_or_opaque_can_have_any_value(cut, opaque, broken):
    """11 is a prime number, and not the product of two numbers below 8."""
    answer = ask_for_error(Inner({"cut": cut, "opaque": opaque}))
    assert answer.holds == (broken is None)
    if broken:
        assert answer.trace[broken][1] == 0
