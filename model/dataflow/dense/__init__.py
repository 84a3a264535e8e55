"""The plain loop nest: a row has a pixel, a column an output channel."""
