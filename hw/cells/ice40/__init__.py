"""Blocks in the Lattice iCE40 UltraPlus's own cells, better than what synthesis finds by itself."""

__all__ = ["is_ice40up"]


def is_ice40up(platform) -> bool:
    """Whether the platform's ``device`` belongs to that family."""
    return str(getattr(platform, "device", "")).startswith("iCE40UP")
