"""Convolution as mathematics defines it: the kernel runs backwards, outside everything is zero.

    y[n]    = sum over k of h[k] * x[n - k]
    Y[i, j] = sum over m, n of H[m, n] * X[i - m, j - n]

The tutorial's Mathematics section gives these formulas, but its code, like PyTorch, adds the kernel
index instead of subtracting it (`loops.py`): a cross-correlation. The two agree when the kernel is
flipped along every axis. Where x and h are both finite, y has len(x) + len(h) - 1 values that are
not zero of necessity (NumPy's ``mode="full"``); these are what the functions return.
"""


import numpy as np

from convolith.model.arrays import Array

__all__ = ["convolve1d", "convolve2d"]


def convolve1d(x: Array, h: Array) -> Array:
    """x (L,), h (M,) -> y (L + M - 1,)."""
    (L,), (M,) = x.shape, h.shape
    y = np.zeros(L + M - 1, dtype=np.result_type(x, h))
    for n in range(L + M - 1):
        for k in range(M):
            if 0 <= n - k < L:
                y[n] += h[k] * x[n - k]
    return y


def convolve2d(x: Array, h: Array) -> Array:
    """x (A, B), h (M, N) -> y (A + M - 1, B + N - 1)."""
    (A, B), (M, N) = x.shape, h.shape
    y = np.zeros((A + M - 1, B + N - 1), dtype=np.result_type(x, h))
    for i, j in np.ndindex(*y.shape):
        for m, n in np.ndindex(M, N):
            if 0 <= i - m < A and 0 <= j - n < B:
                y[i, j] += h[m, n] * x[i - m, j - n]
    return y
