"""Shorter ways to say the same, where Verilator keeps bits that are cut off at once."""

import re

__all__ = ["simpler"]

PAIR = (
    r"\(+\(QData\)\(\(IData\)\((?P<high>vlSelfRef\.\w+)\)\)\s*<<\s*0x00000020U\)"
    r"\s*\|\s*\(QData\)\(\(IData\)\((?P<low>vlSelfRef\.\w+)\)\)\)"
)
"""A number of 64 bits from two of 32."""

SHORTER = (
    # A sum of two numbers of 32 bits has 33, of which a register takes 32.
    (re.compile(r"\(IData\)\(\(0x00000001ffffffffULL\s*&\s*VL_EXTENDS_QI\(33,"),
     r"((VL_EXTENDS_II(32,"),
    (re.compile(rf"\(IData\)\({PAIR}\s*>>\s*0x00000020U\)\)"), r"\g<high>"),
    (re.compile(rf"\(IData\)\({PAIR}\)"), r"\g<low>"),
)


def simpler(text: str) -> str:
    """C++ without numbers of 64 bits of which 32 are taken."""
    for long, short in SHORTER:
        text = long.sub(short, text)
    return text
