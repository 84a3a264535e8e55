"""A memory in the ECP5's block RAM."""

from amaranth.hdl import *

__all__ = ["MOST_WORDS", "BlockMemory", "block_cell", "slices"]

PINS = 18  # of data, each way
ADDRESS_BITS = 14
WIDTHS = {1: 14, 2: 13, 4: 12, 9: 11, 18: 10}  # word width of a cell: bits of its address
FAN_OUT = 8  # cells that one copy of an address drives
MOST_WORDS = 1 << ADDRESS_BITS


class BlockMemory(Elaboratable):
    """DP16KD cells side by side, each with a slice of every word and its own output register.

    Synthesis would put the output registers into the fabric. A cell without its output register
    takes 5.7 ns from the clock to its output, so that would be the longest path of all. Each cell
    holds all words: the deeper the memory, the narrower a cell's slice. So nothing has to select
    between cells. Port A writes and port B reads, in every cycle. Enable and addresses come from
    registers, one copy for every few cells, as the cells lie far apart.

    Latency: an address in one cycle gives its word three cycles later; a word written in one cycle
    can be addressed in the next. Reset: the contents stay.

    Parameters
    ----------
    depth : int
        Words, at most MOST_WORDS.
    write, read : MemoryPort
        This block drives the data that is read.
    copies : callable
        Makes several registers of one (`hw.cells.copies`).
    """

    def __init__(self, depth: int, *, write, read, copies):
        assert depth <= MOST_WORDS
        self.depth, self.write, self.read, self.copies = depth, write, read, copies

    def elaborate(self, platform):
        m = Module()
        address_bits = max(1, (self.depth - 1).bit_length())
        cells = slices(address_bits, len(self.write.data))
        data = Signal(len(self.write.data), reset_less=True)
        m.d.sync += data.eq(self.write.data)
        near = range(-(-len(cells) // FAN_OUT))
        ports = Cat(self.write.en, self.write.address[:address_bits],
                    self.read.address[:address_bits])
        ports = [
            self.copies(m, platform, bit, len(near), name=f"port_{i}")
            for i, bit in enumerate(ports)
        ]
        for i, bits in enumerate(cells):
            enable, *addresses = (copy[i // FAN_OUT] for copy in ports)
            m.submodules[f"cell_{bits.start}"] = block_cell(
                m, address_bits, write=enable, written=Cat(addresses[:address_bits]),
                data=data[bits], wanted=Cat(addresses[address_bits:]), o=self.read.data[bits],
            )
        return m


def slices(address_bits: int, bits: int) -> list[slice]:
    """The bits of a word for each cell."""
    width = cell_width(address_bits)
    return [slice(bit, bit + width) for bit in range(0, bits, width)]


def cell_width(address_bits: int) -> int:
    """Bits of a word that a cell holds for all addresses."""
    return max(width for width, bits in WIDTHS.items() if bits >= address_bits)


def block_cell(
    m: Module, address_bits: int, *, write: Value, written: Value, data: Value, wanted: Value,
    o: Value, read: Value | int = 1, leave: Value | int = 1,
) -> Instance:
    """A cell with a slice of each word: a cycle to write it, one to read it, one to put it out.

    Parameters
    ----------
    m : Module
    address_bits : int
    write, written, data : Value
        ``data`` is written to the word ``written``.
    wanted, read : Value
        The word that is read, with ``read``.
    o, leave : Value
        The output register takes the word that was read last, with ``leave``.
    """
    width = cell_width(address_bits)
    # A word's address is in the upper address bits. With words of 18 bits, the lowest two
    # address bits are the byte enables.
    low = ADDRESS_BITS - WIDTHS[width]
    written = Cat(C(0b11 if width == PINS else 0, low), written, C(0, ADDRESS_BITS))
    wanted = Cat(C(0, low), wanted, C(0, ADDRESS_BITS))
    data = Cat(data, C(0, PINS))
    out = Signal(PINS)
    m.d.comb += o.eq(out)
    parameters = {"p_DATA_WIDTH_A": width, "p_DATA_WIDTH_B": width, "p_GSR": "DISABLED"}
    parameters |= {"p_REGMODE_A": "NOREG", "p_REGMODE_B": "OUTREG", "p_RESETMODE": "SYNC"}
    parameters |= {"p_WRITEMODE_A": "NORMAL", "p_WRITEMODE_B": "NORMAL"}
    parameters |= {"p_CSDECODE_A": "0b000", "p_CSDECODE_B": "0b000"}
    ports = {"i_CLKA": ClockSignal(), "i_CLKB": ClockSignal()}
    ports |= {"i_CEA": C(1), "i_WEA": write, "i_OCEA": C(0), "i_RSTA": C(0)}
    ports |= {"i_CEB": Value.cast(read), "i_WEB": C(0), "i_OCEB": Value.cast(leave), "i_RSTB": C(0)}
    ports |= {f"i_CS{port}{i}": C(0) for port in "AB" for i in range(3)}
    ports |= {f"i_ADA{i}": written[i] for i in range(ADDRESS_BITS)}
    ports |= {f"i_ADB{i}": wanted[i] for i in range(ADDRESS_BITS)}
    ports |= {f"i_DIA{i}": data[i] for i in range(PINS)}
    ports |= {f"o_DOB{i}": out[i] for i in range(PINS)}
    return Instance("DP16KD", **parameters, **ports)
