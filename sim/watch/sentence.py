"""What a PE does in a cycle, and how an output comes about, in words."""

from collections.abc import Sequence

from convolith.sim.report.table import format_table
from convolith.sim.watch.trace import Term, Trace, place

__all__ = ["history", "named_output", "sentence"]


def sentence(trace: Trace, cycle: int, row: int, column: int) -> str:
    """One sentence on a PE in a cycle, with the values that the RTL had.

    The sums are those of the array, without a bias, which is added as they leave.
    """
    begin = f"Cycle {cycle}: PE ({row}, {column})"
    now = trace.sum(cycle, row, column)
    terms = trace.at(cycle, row, column)
    if not terms:
        return f"{begin} adds no product of an output; its sum is {now}."
    output = int(trace.outputs_of(cycle)[row, column])
    name = named_output(trace, output)
    products = " + ".join(_product(trace, term) for term in terms)
    number = sum(term.cycle <= cycle for term in trace.history(output))
    total = trace.layer.group_IC * trace.layer.KX * trace.layer.KY
    whole = trace.recording.first == 1
    count = f" ({number} of {total} products)" if whole else ""
    if trace.begins[cycle - trace.recording.first, row]:
        return f"{begin} begins the sum of {name} with {products}: {now}{count}."
    before = trace.sum(cycle - 1, row, column) if cycle > trace.recording.first else None
    grown = f"{before} becomes {now}" if before is not None else f"the sum is {now}"
    return f"{begin} adds {products} to {name}: {grown}{count}."


def history(trace: Trace, output: int) -> str:
    """All terms of an output, with the sum of its PE after each."""
    terms = trace.history(output)
    name = named_output(trace, output)
    if not terms:
        return f"{name}: none of its products is added in these cycles."
    lines = [
        (
            f"{term.cycle}", "({}, {})".format(*term.pe), _term(trace, term),
            f"{term.a} * {term.b} = {term.product}",
            f"{trace.sum(term.cycle, *term.pe)}",
        )
        for term in terms
    ]
    return "\n".join([
        f"{name}, {len(terms)} products:", "",
        format_table(lines, ("cycle", "PE", "product", "values", "sum")),
    ])


def named_output(trace: Trace, output: int) -> str:
    """An output as the tutorial names it: y[n, oc, ox, oy]."""
    layer = trace.layer
    return _named("y", place(output, (layer.N, layer.OC, layer.OX, layer.OY)), layer.dims)


def _product(trace: Trace, term: Term) -> str:
    return f"{_term(trace, term)} = {term.a} * {term.b} = {term.product}"


def _term(trace: Trace, term: Term) -> str:
    dims = trace.layer.dims
    x = "x[outside]" if term.x is None else _named("x", term.x, dims)
    return f"{x} * {_named('w', term.w, dims)}"


def _named(tensor: str, at: Sequence[int], dims: int) -> str:
    """A 1D layer has one axis: its height is 1."""
    shown = at if dims == 2 else (*at[:2], at[3])
    return f"{tensor}[{', '.join(map(str, shown))}]"
