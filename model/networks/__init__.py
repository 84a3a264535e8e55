"""Networks as tables of layers: our own form, and SCALE-Sim's."""
