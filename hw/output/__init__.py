"""From the drain to the output stream: bias, partial sums, a FIFO."""
