"""From a PyTorch convolution to verified hardware: an output-stationary MAC array in Amaranth."""

__version__ = "0.1.0.dev0"
