"""Directions, turns and quaternions. A quaternion is (x, y, z, w), of length 1, with w >= 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHORTEST = 1e-9


def unit(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Vectors (..., 3) scaled to length 1; one of no length stays zero."""
    scaled: NDArray[np.float64] = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _SHORTEST)
    return scaled


def across(vectors: NDArray[Any], directions: NDArray[Any]) -> NDArray[np.float64]:
    """Unit vectors (..., 3): what of `vectors` is at right angles to unit `directions`, both (..., 3)."""
    return unit(vectors - (vectors * directions).sum(axis=-1, keepdims=True) * directions)


def angle_about(axes: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.float64]:
    """Signed angles (...), radians, from `start` to `end` about `axes`: three unit vectors (..., 3)."""
    angles: NDArray[np.float64] = np.arctan2((np.cross(start, end) * axes).sum(axis=-1), (start * end).sum(axis=-1))
    return angles


def quaternions(matrices: NDArray[Any]) -> NDArray[np.float64]:
    """Quaternions (..., 4) of rotation matrices (..., 3, 3).

    The nine entries give the products 4 q_i q_j of all pairs. The row of the largest q_i, scaled, is the quaternion.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.moveaxis(np.asarray(matrices, dtype=np.float64), (-2, -1), (0, 1))
    products = np.array(
        [
            [1 + xx - yy - zz, yx + xy, xz + zx, zy - yz],
            [yx + xy, 1 - xx + yy - zz, zy + yz, xz - zx],
            [xz + zx, zy + yz, 1 - xx - yy + zz, yx - xy],
            [zy - yz, xz - zx, yx - xy, 1 + xx + yy + zz],
        ]
    )
    products = np.moveaxis(products, (0, 1), (-2, -1))
    largest = np.diagonal(products, axis1=-2, axis2=-1).argmax(axis=-1)
    rows = np.take_along_axis(products, largest[..., None, None], axis=-2)[..., 0, :]
    found: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.where(found[..., 3:] < 0, -found, found)
