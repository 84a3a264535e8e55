"""Partial sums, kept for the next run of the core: input channels can be split."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Flag, Unit

__all__ = ["PartialSumsUnit"]


class PartialSumsUnit(Unit):
    """A memory behind the drain, a row of C sums a word, which only the core itself uses."""

    parameters = {
        "sum_words": "depth of the memory for partial sums, in rows of C; 0: none",
    }

    def is_in(self, config: ArrayConfig) -> bool:
        return config.sum_words > 0

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        return (
            Field(name="add_sums", bits=1,
                  meaning="1: the sums that the layer before has kept are added"),
            Field(name="keep_sums", bits=1,
                  meaning="1: the sums are kept for the next layer, and do not leave"),
        )

    def outputs(self, config: ArrayConfig) -> tuple[Flag, ...]:
        return (
            Flag(name="kept",
                 meaning="for one cycle, when the last row of a layer with keep_sums is kept"),
        )
