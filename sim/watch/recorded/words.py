"""What a PE does in a cycle, and how an output comes about, in words."""

from collections.abc import Sequence
from functools import cached_property

from convolith.sim.report.table import format_table
from convolith.sim.watch.recorded.numbers import Numbers
from convolith.sim.watch.recorded.trace import Term, Trace, place

__all__ = ["Words"]


class Words:
    """Names, numbers and sentences of a trace. The page has the same ones.

    Parameters
    ----------
    trace : Trace
    """

    def __init__(self, trace: Trace):
        self.trace = trace

    @cached_property
    def numbers(self) -> Numbers:
        """How numbers are shown."""
        return Numbers.of(self.trace.convolution)

    def sentence(self, cycle: int, row: int, column: int) -> str:
        """One sentence on a PE in a cycle, with the values that the RTL had.

        The sums are those of the array, without a bias, which is added as they leave.
        """
        trace = self.trace
        begin = f"Cycle {cycle}: PE ({row}, {column})"
        now = self.sum(trace.sum(cycle, row, column))
        terms = trace.at(cycle, row, column)
        if not terms:
            return f"{begin} adds no product of an output; its sum is {now}."
        output = int(trace.outputs_of(cycle)[row, column])
        name = self.output(output)
        products = " + ".join(
            f"{self.term(term)} = {self.values(term)} = {self.sum(term.product)}" for term in terms
        )
        number = sum(term.cycle <= cycle for term in trace.history(output))
        total = trace.layer.group_IC * trace.layer.KX * trace.layer.KY
        whole = trace.recording.first == 1
        count = f" ({number} of {total} products)" if whole else ""
        if trace.begins[cycle - trace.recording.first, row]:
            return f"{begin} begins the sum of {name} with {products}: {now}{count}."
        grown = f"the sum is {now}"
        if cycle > trace.recording.first:
            grown = f"{self.sum(trace.sum(cycle - 1, row, column))} becomes {now}"
        return f"{begin} adds {products} to {name}: {grown}{count}."

    def history(self, output: int) -> str:
        """All terms of an output, with the sum of its PE after each."""
        terms = self.trace.history(output)
        name = self.output(output)
        if not terms:
            return f"{name}: none of its products is added in these cycles."
        lines = [
            (
                f"{term.cycle}", "({}, {})".format(*term.pe), self.term(term),
                f"{self.values(term)} = {self.sum(term.product)}",
                self.sum(self.trace.sum(term.cycle, *term.pe)),
            )
            for term in terms
        ]
        return "\n".join([
            f"{name}, {len(terms)} products:", "",
            format_table(lines, ("cycle", "PE", "product", "values", "sum")),
        ])

    def output(self, output: int) -> str:
        """An output as the tutorial names it: y[n, oc, ox, oy]."""
        layer = self.trace.layer
        return _named("y", place(output, (layer.N, layer.OC, layer.OX, layer.OY)), layer.dims)

    def result(self, value: int) -> str:
        """What has left the core: a byte, or a sum."""
        return str(value) if self.trace.convolution.output else self.sum(value)

    def sum(self, value: int) -> str:
        """A sum, or a product."""
        return self.numbers.text(value, self.numbers.y)

    def values(self, term: Term) -> str:
        """Activation and weight."""
        numbers = self.numbers
        return f"{numbers.text(term.a, numbers.x)} * {numbers.text(term.b, numbers.w)}"

    def term(self, term: Term) -> str:
        """The names of both."""
        dims = self.trace.layer.dims
        x = "x[outside]" if term.x is None else _named("x", term.x, dims)
        return f"{x} * {_named('w', term.w, dims)}"


def _named(tensor: str, at: Sequence[int], dims: int) -> str:
    """A 1D layer has one axis: its height is 1."""
    shown = at if dims == 2 else (*at[:2], at[3])
    return f"{tensor}[{', '.join(map(str, shown))}]"
