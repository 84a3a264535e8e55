"""Blocks in the Lattice ECP5's own cells, better than what synthesis finds by itself."""

__all__ = ["is_ecp5"]


def is_ecp5(platform) -> bool:
    """Whether the platform's ``device`` belongs to that family."""
    return str(getattr(platform, "device", "")).startswith(("LFE5U", "LAE5U"))
