"""The option ``--name``: what the core's module is called in Verilog."""

import argparse
import re

from convolith.hw.verilog import NAME

__all__ = ["add_name_option"]

# Verilog-2005's.
KEYWORDS = frozenset(
    "always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config "
    "deassign default defparam design disable edge else end endcase endconfig endfunction "
    "endgenerate endmodule endprimitive endspecify endtable endtask event for force forever fork "
    "function generate genvar highz0 highz1 if ifnone incdir include initial inout input instance "
    "integer join large liblist library localparam macromodule medium module nand negedge nmos "
    "nor noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1 "
    "pulldown pullup pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release "
    "repeat rnmos rpmos rtran rtranif0 rtranif1 scalared showcancelled signed small specify "
    "specparam strong0 strong1 supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1 "
    "triand trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor "
    "xor".split()
)


def add_name_option(parser) -> None:
    """Adds --name."""
    parser.add_argument("--name", type=identifier, default=NAME, metavar="NAME",
                        help="the core's module, with whose name the names of all modules within "
                        f"it begin, for designs with two different cores (default: {NAME})")


def identifier(text: str) -> str:
    """An option's type: a module's name in Verilog."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) or text in KEYWORDS:
        raise argparse.ArgumentTypeError(
            f"must be letters, digits and _, not begin with a digit, and be no keyword of Verilog, "
            f"not {text!r}"
        )
    return text
