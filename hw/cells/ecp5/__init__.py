"""What the Lattice ECP5 does better in its own cells than synthesis finds by itself."""

__all__ = ["is_ecp5"]


def is_ecp5(platform) -> bool:
    """The platform is for a part of that family, by its ``device``."""
    return str(getattr(platform, "device", "")).startswith(("LFE5U", "LAE5U"))
