"""The post-processor: rows of sums as activations of the next layer."""
