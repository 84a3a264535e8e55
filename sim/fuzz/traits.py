"""Special properties of cases, which a campaign counts."""

from collections.abc import Iterator

from convolith.model.compile.bases import Bases
from convolith.sim.fuzz.trial import Trial
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution

__all__ = ["TRAITS", "traits"]

TRAITS = (
    "plain", "folded", "groups as one", "shared words", "packed tiles", "rows in pairs",
    "split", "partial sums", "bias", "unsigned", "rounded", "padding mode", "quantized",
    "results stored", "behind each other", "outputs that wait", "scrambled registers",
    "words elsewhere",
)
"""Properties that an equal case can have. It can have several."""


def traits(trial: Trial) -> Iterator[str]:
    """The special properties of each case (`TRAITS`)."""
    for part in trial.parts:
        yield from _of_single(part)
        if len(trial.parts) > 1:
            yield "behind each other"


def _of_single(trial: Trial) -> Iterator[str]:
    pieces = [piece for layer in trial.layers for piece in layer.schedule.pieces]
    if any(piece.mapping.name == "plain" for piece in pieces):
        yield "plain"
    if any(piece.mapping.fold for piece in pieces):
        yield "folded"
    if any(piece.mapping.merge > 1 for piece in pieces):
        yield "groups as one"
    labels = {piece.mapping.kind.label for piece in pieces}
    yield from (trait for trait in TRAITS if any(label.startswith(trait) for label in labels))
    if any(len(layer.schedule.pieces) > 1 for layer in trial.layers):
        yield "split"
    if not all(piece.last for piece in pieces):
        yield "partial sums"
    if any(layer.reference.bias is not None for layer in trial.layers):
        yield "bias"
    for layer in trial.layers:
        if isinstance(layer, QuantizedConvolution):
            yield "quantized"
            break
        if isinstance(layer, Convolution):
            if layer.act.offset:
                yield "unsigned"
            if layer.rounded:
                yield "rounded"
    if any(layer.reference.padding_mode != "zeros" for layer in trial.layers):
        yield "padding mode"
    if len(trial.layers) > 1:
        yield "results stored"
    environment = trial.case.environment
    if environment and environment.percent < 100:
        yield "outputs that wait"
    if environment and environment.scrambled:
        yield "scrambled registers"
    if trial.layers[0].bases != Bases():
        yield "words elsewhere"
