"""A word comes out three cycles after its address; one that was written can be read next."""

from amaranth.hdl import *
from benches import play

from convolith.hw.cells.word_memory import WordMemory


def test_by_hand():
    enable, address, data = Signal(), Signal(2), Signal(8)
    read_address, read_data = Signal(2), Signal(8)
    dut = WordMemory(
        4,
        write_enable=enable,
        write_address=address,
        write_data=data,
        read_enable=C(1),
        read_address=read_address,
        read_data=read_data,
    )
    # enable, address, data, read address: 11, 12, 13 to 0, 1, 2; then what is not written.
    rows = [
        (1, 0, 11, 0),
        (1, 1, 12, 0),  # 0 is read in the cycle after it is written
        (1, 2, 13, 2),  # 2 is read in the very cycle: the word of before
        (0, 1, 99, 2),
        (0, 0, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]
    seen = play(dut, (enable, address, data, read_address), rows, (read_data,))
    assert [d for (d,) in seen[4:]] == [11, 0, 13, 12]
