"""The command ``convolith``, also as ``python -m convolith``."""

import os
import signal
import sys
from typing import NoReturn

__all__ = ["main"]

INTERRUPTED = b"convolith: interrupted\n"
STATUS = 130


def main() -> int:
    """Runs the command line; Ctrl-C ends it in a sentence, also while it still imports."""
    try:
        default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if default:  # whose exception would be lost in the callbacks that Python's imports have
            signal.signal(signal.SIGINT, _end)
        from convolith.sim.commands import cli

        if default:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return cli.main()
    except KeyboardInterrupt:
        os.write(sys.stderr.fileno(), INTERRUPTED)
        return STATUS


def _end(signal_number: int, frame: object) -> NoReturn:
    """Nothing has been begun that would have to be tidied up."""
    os.write(sys.stderr.fileno(), INTERRUPTED)
    os._exit(STATUS)


if __name__ == "__main__":
    raise SystemExit(main())
