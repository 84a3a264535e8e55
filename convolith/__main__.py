"""The command ``convolith``, also as ``python -m convolith``."""

import sys

__all__ = ["main"]


def main() -> int:
    """Runs the command line; Ctrl-C ends it in a sentence, also while it still imports."""
    try:
        from convolith.sim.commands import cli

        return cli.main()
    except KeyboardInterrupt:
        print("convolith: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
