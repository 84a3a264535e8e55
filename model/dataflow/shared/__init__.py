"""Depthwise layers whose rows share words."""
