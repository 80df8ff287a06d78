"""NumPy: products of matrices, in native code that releases the interpreter lock."""

import numpy as np


def matrices(order):
    """Return a matrix of that order and its inverse."""
    random = np.random.default_rng(7)
    left = random.random((order, order)) + order * np.eye(order)
    return left, np.linalg.inv(left)


def multiply(pair, times=20):
    """Multiply the two matrices that often."""
    left, right = pair
    for _ in range(times):
        product = left @ right
    return product


multiply.setup = matrices
multiply.check = lambda product, order: np.allclose(product, np.eye(order))
