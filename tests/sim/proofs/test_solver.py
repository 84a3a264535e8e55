"""The solver's answers: claims that hold, that break, that induction cannot show; witnesses."""

import pytest
from amaranth.hdl import *

from convolith.hw.properties.method import Bounded, Induction
from convolith.hw.properties.property import Property
from convolith.sim.proofs.solver import ask_for_error, ask_for_proof, ask_for_witness
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
    assert ask_for_proof(Counter({"limit": 6, "reach": 5})).holds
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
    assert ask_for_witness(Counter({"limit": 6, "reach": 6})).holds
    verdict = prove(Counter, {"limit": 6, "reach": 6})
    assert (verdict.good, verdict.why) == (
        False, "no run of 12 cycles has all that is to be reached")


@pytest.mark.parametrize(("limit", "holds"), [(4, True), (3, False)])
def test_a_bounded_claim_is_shown_up_to_its_bound(limit, holds):
    """In cycle 4 the counter can have counted to 3, and not further."""
    assert ask_for_proof(Short({"limit": limit, "reach": 1})).holds == holds
