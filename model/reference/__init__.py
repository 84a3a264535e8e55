"""Convolution by definition: the tutorial's loops, and the formula."""
