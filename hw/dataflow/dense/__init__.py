"""The plain loop nest."""
