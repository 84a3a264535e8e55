"""The stages of stimulus that mutants meet, as a table: the ones of a campaign come first."""

from dataclasses import dataclass, replace

from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.kinds import Kind

__all__ = ["LIMITS", "STAGES", "Stage"]

LIMITS = Kind(
    cases=0, of_rtl=True, array={}, most_cycles=12_000,
    call={"max_macs": 12_000, "extent": 9, "kernel": 4, "channels": 8},
)
LONG = replace(
    LIMITS, most_cycles=40_000, call={"max_macs": 60_000, "extent": 24, "kernel": 9, "channels": 24}
)
LARGEST = replace(LONG, call=LONG.call | {"extent": 31, "kernel": 31})


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Stimuli of one sort.

    Parameters
    ----------
    seed : int
        Of its random numbers. It is the stage's own, so that they stay when the order changes.
    layers : int
        How many. Of pairs of features: so many for each pair that no layer has had before.
    form : str
        Theirs (`draw_case`).
    kinds : sequence of Kind
        Their limits, in turns.
    sums : int
        Layers of sums that are hard to round, behind the others.
    sums_seed : int
    corner : bool
        These sums have the registers' largest numbers.
    needs : str
        The option without which a core does not meet the stage.
    """

    seed: int = 0
    layers: int = 0
    form: str = ""
    kinds: tuple[Kind, ...] = (LONG,)
    sums: int = 0
    sums_seed: int = 0
    corner: bool = False
    needs: str = ""

    def suits(self, config: ArrayConfig) -> bool:
        """Whether a core has the option that the stage needs."""
        return not self.needs or bool(getattr(config, self.needs))


STAGES = {
    "fuzz": Stage(seed=0, layers=400, kinds=(LIMITS,), sums=20, sums_seed=0),
    "pairs": Stage(seed=1, layers=2, kinds=(LIMITS,)),
    "resets": Stage(seed=7, layers=100, kinds=(LIMITS,)),
    "sums": Stage(sums=2000, sums_seed=1, needs="post_lanes"),
    "corner sums": Stage(sums=4000, sums_seed=2, corner=True, needs="post_lanes"),
    "depthwise": Stage(seed=2, layers=300, form="depthwise", needs="shares_words"),
    "partial sums": Stage(seed=4, layers=200, form="summed", needs="sum_words"),
    "large": Stage(seed=5, layers=600, form="large"),
    "corners": Stage(seed=9, layers=600, form="corner"),
    "sequences": Stage(seed=10, layers=300, form="sequence", kinds=(LIMITS,)),
    "long": Stage(seed=6, layers=300),
    "chains": Stage(
        seed=3, layers=400, form="chain", kinds=(LONG, LONG, LARGEST), needs="store_results"
    ),
}
"""By name, in their order: what is soon drawn comes soon. ``fuzz``: layers as a campaign draws
them, and then sums; ``pairs``: layers for pairs of features; ``resets``: layers that a reset ends;
``sums``: of lanes only; ``corner sums``: with one of a sum's numbers at its limit; ``depthwise``:
for shared words; ``partial sums``: of layers in parts; ``large``: of layers with large numbers;
``corners``: of layers with one register's largest numbers; ``sequences``: of layers behind each
other; ``long``: of long layers; ``chains``: of layers that store their results, every third one of
which begins with an extent and a kernel up to what the registers hold."""
