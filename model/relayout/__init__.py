"""Other layouts of a layer, made by the host: fold, merge, spread."""
