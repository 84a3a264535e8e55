"""The slot register: what a slot does, decoded from the loop nest's counters."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.dataflow.dense.slot import dense_slot
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.hw.sequencer.slot import FLAGS
from convolith.model.options.config import ArrayConfig

__all__ = ["DETAILS", "SlotRegister", "slot_layout"]

DETAILS = ("row", "first", "first_step", "walk", "restart", "next_group", "last_walk", "oc_end")
"""Fields that need no reset: with them alone nothing is read, and no sum ends."""


def slot_layout(config: ArrayConfig, flows=()) -> data.StructLayout:
    """One slot of the loop nest.

    * ``active``: there is a slot. Without it, only flags that qualify another flag can be set; in
      the cycle after a reset, each of `DETAILS` can be.
    * ``first``, ``step_start``: the slot is the first of its tile, of its step.
    * ``row``: the row whose word is fetched, if it is less than R. ``first_step``: the step is its
      tile's first.
    * ``walk``: the walker goes on to the next pixel. ``restart``: the pixel is the last of the
      oc_tile, so the walk begins again. ``next_group``, with ``restart``: in the next group's
      channels. ``last_walk``: no other oc_tile follows.
    * ``weights``: a weight word is consumed. ``tile_end``: it is its tile's last word. ``oc_end``,
      with ``tile_end``: it is the oc_tile's last word.
    * ``wrap``: one bit per loop, from the inside out: a round of the loop ends.

    Other dataflows (``flows``) add fields of their own.
    """
    return data.StructLayout({
        "row": range(max(2, config.slots)),
        **dict.fromkeys(FLAGS, 1),
        "wrap": len(LOOPS),
        **{name: 1 for flow in flows for name in flow.slot_fields},
    })


class SlotRegister(Elaboratable):
    """Decodes the nest's counters into a register, so that no block waits for a counter.

    Latency: one cycle. Reset: no slot; `DETAILS` are not reset.

    Parameters
    ----------
    config : ArrayConfig
    nest : LoopNest
    flows : list of DenseDataflow

    Members
    -------
    slot : slot_layout(config, flows)
    """

    def __init__(self, config: ArrayConfig, nest: LoopNest, flows=()):
        self.config, self.nest, self.flows = config, nest, flows
        layout = slot_layout(config, flows)
        self.slot = layout(Cat(
            Signal(field.shape, name=name, reset_less=name in DETAILS) for name, field in layout
        ))

    def elaborate(self, platform):
        m = Module()
        nest, slot = self.nest, self.slot
        found = dense_slot(self.config, nest)
        for flow in self.flows:
            found = flow.slot(m, nest, found)
        fields = {
            **found.more,
            "active": nest.active,
            "first": found.step_start & nest.first_step,
            "step_start": found.step_start,
            "row": found.row,
            "first_step": found.first_step,
            "walk": found.walk,
            "restart": found.walk & found.last_walk & nest.last_px,
            "next_group": nest.last_oc,
            "last_walk": nest.last_oc & nest.last_g,
            "weights": found.weights,
            "tile_end": found.weights & found.last_weights,
            "oc_end": found.oc_end,
            "wrap": nest.wrap,
        }
        m.d.sync += [slot[name].eq(value) for name, value in fields.items()]
        return m
