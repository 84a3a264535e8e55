"""What the Lattice iCE40 UltraPlus does better in its own cells than synthesis finds by itself."""

__all__ = ["is_ice40up"]


def is_ice40up(platform) -> bool:
    """The platform is for a part of that family, by its ``device``."""
    return str(getattr(platform, "device", "")).startswith("iCE40UP")
