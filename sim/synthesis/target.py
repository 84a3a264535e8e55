"""The parts that a block can be synthesized for, and the names of their cells."""

from dataclasses import dataclass, field

__all__ = ["CONSTRAINTS", "TARGETS", "Target"]

CONSTRAINTS = "pins.txt"  # the file's name
LUT4_OF_A_CARRY = 2  # LUT4s that one ECP5 carry cell replaces


@dataclass(frozen=True, kw_only=True)
class Target:
    """A part, and the options with which the open tools target it.

    It takes the place of Amaranth's platform: a block's ``elaborate`` looks at its ``device``.

    Parameters
    ----------
    name : str
    device : str
        The part's own name.
    synth : str
        Yosys' synthesis command.
    placer : str, optional
        The family's nextpnr. Without one, the clock is not known.
    constraints : str
        The pin of the clock, which must drive the global clock network. Other pins are free.
    arguments : tuple of str
        nextpnr's arguments for the part.
    multipliers : int
        The number of the part's multiplier cells.
    pairs : bool
        A multiplier cell can compute two narrow products.
    ram_bits : int
        Bits of all block RAMs of the part.
    cells : dict
        For each kind of cell (``lut4``, ``carry``, ...) the beginnings of the cells' names.
    carry_luts : int
        The number of LUTs that a carry cell replaces.
    library : str
        Yosys' models of the part's cells, for simulation.
    models : tuple of str
        Our models of cells that Yosys' library has none of.
    undefined : tuple of str
        Cells whose models do not say that their registers begin as zero.
    netlist : str
        More options of ``synth`` for a netlist that is simulated: without cells that have no model.
    open_inputs : bool
        Yosys leaves some inputs of cells open that are not used; in simulation they are 0.
    """

    name: str
    device: str
    synth: str
    placer: str | None = None
    constraints: str = ""
    arguments: tuple[str, ...] = ()
    multipliers: int = 0
    pairs: bool = False
    ram_bits: int = 0
    cells: dict[str, tuple[str, ...]] = field(default_factory=dict)
    carry_luts: int = 0
    library: str = ""
    models: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    netlist: str = ""
    open_inputs: bool = False

    def counts(self, cells: dict[str, int]) -> dict[str, int]:
        """Cells by kind, from cells by name."""
        return {
            kind: sum(n for name, n in cells.items() if name.startswith(beginnings))
            for kind, beginnings in self.cells.items()
        }


Cells = dict[str, tuple[str, ...]]

ECP5_CELLS: Cells = {
    "lut4": ("LUT4",), "carry": ("CCU2C",), "ff": ("TRELLIS_FF",), "dsp": ("MULT18X18D",),
    "bram": ("DP16KD",), "lutram": ("TRELLIS_DPR16X4",),
}
ICE40_CELLS: Cells = {
    "lut4": ("SB_LUT4",), "carry": ("SB_CARRY",), "ff": ("SB_DFF",), "dsp": ("SB_MAC16",),
    "bram": ("SB_RAM40",), "lutram": (),
}
XILINX7_CELLS: Cells = {
    "lut4": ("LUT",), "carry": ("CARRY4",), "ff": ("FD",), "dsp": ("DSP48E1",),
    "bram": ("RAMB",), "lutram": ("RAM32", "RAM64", "RAM128", "RAM256"),
}


def _ecp5(size: str, device: str, multipliers: int, rams: int) -> Target:
    # By default the placer prefers short wires to fast ones; and router1, the default router, does
    # not finish on a large array.
    arguments = (f"--{size}", "--package", "CABGA381", "--speed", "6",
                 "--placer-heap-timingweight", "60", "--router", "router2",
                 "--lpf", CONSTRAINTS, "--lpf-allow-unconstrained")
    return Target(name=f"ecp5-{size}", device=device, synth="synth_ecp5", placer="ecp5",
                  constraints='LOCATE COMP "clk" SITE "G2";\n',
                  arguments=arguments, multipliers=multipliers, ram_bits=rams * 18 * 1024,
                  cells=ECP5_CELLS,
                  carry_luts=LUT4_OF_A_CARRY, library="+/ecp5/cells_sim.v",
                  models=("MULT18X18D.v", "DP16KD.v"))


TARGETS = {
    target.name: target
    for target in (
        _ecp5("85k", "LFE5U-85F", 156, 208),
        _ecp5("25k", "LFE5U-25F", 28, 56),
        Target(
            name="ice40up5k", device="iCE40UP5K", synth="synth_ice40", placer="ice40",
            constraints="set_io clk 35\n",
            arguments=("--up5k", "--package", "sg48", "--pcf", CONSTRAINTS,
                       "--pcf-allow-unconstrained"),
            multipliers=8, pairs=True, ram_bits=30 * 4 * 1024, cells=ICE40_CELLS,
            library="+/ice40/cells_sim.v", undefined=("SB_MAC16",),
        ),
        Target(
            name="xilinx7", device="xc7a100t", synth="synth_xilinx -family xc7 -noiopad -noclkbuf",
            multipliers=240, ram_bits=135 * 36 * 1024, cells=XILINX7_CELLS,
            library="+/xilinx/cells_sim.v", netlist="-flatten -nobram", open_inputs=True,
        ),
    )
}
