"""The directions in a hand that its angles and frames are measured from.

Everything here is of right hands; a left hand is mirrored at x = 0 first (MIRROR in models/core/camera.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.rotations import across, unit
from models.core.skeleton import FINGER_MCPS, WRIST

DIGITS = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16], [17, 18, 19, 20]])
"""The joints of index, middle, ring and little finger and of the thumb, from the palm to the tip."""
_MIDDLE = 1

# The line from the wrist to the knuckles leans so far out of the plane in which flat fingers lie: the mean over shapes
# of the rig (python -m models.evaluate.angles).
_LEAN = np.radians(3.5)
# The thumb of the mean rig at rest: direction of its metacarpal, and the axis about which it bends, in palm axes.
_THUMB_REST = np.array([0.452, 0.763, 0.462])
_THUMB_AXIS = np.array([-0.577, -0.144, 0.804])
# How much the expected axis counts beside the one that the bends show, whose weight is the sum of their sines.
_EXPECTED_WEIGHT = 1.0


def palm_axes(joints_m: NDArray[Any]) -> NDArray[np.float64]:
    """Unit axes (..., 3, 3), in rows, of joints (..., 21, 3): to the thumb's side, to the fingers, out of the palm.

    The second runs from the wrist to the middle finger's MCP, as the hand's long axis does in clinics and in OpenXR
    (models.core.skeleton.palm_axes takes the mean of the knuckles, which lies 6 degrees aside).
    """
    middle, across_palm = FINGER_MCPS[_MIDDLE], joints_m[..., FINGER_MCPS[0], :] - joints_m[..., FINGER_MCPS[3], :]
    y = unit(joints_m[..., middle, :] - joints_m[..., WRIST, :])
    x = across(across_palm, y)
    return np.stack([x, y, np.cross(x, y)], axis=-2)


def flat_axes(axes: NDArray[Any]) -> NDArray[np.float64]:
    """Palm axes (..., 3, 3) turned about the first, so that the other two span the plane of flat fingers."""
    x, y, z = (axes[..., row, :] for row in range(3))
    return np.stack([x, np.cos(_LEAN) * y - np.sin(_LEAN) * z, np.sin(_LEAN) * y + np.cos(_LEAN) * z], axis=-2)


def bone_directions(joints_m: NDArray[Any]) -> NDArray[np.float64]:
    """Unit directions (..., 5, 3, 3) of the three bones of each digit, in the order of DIGITS, towards the tip."""
    return unit(np.diff(joints_m[..., DIGITS, :], axis=-2))


def hinge_axes(axes: NDArray[Any], bones: NDArray[Any]) -> NDArray[np.float64]:
    """Unit axes (..., 5, 3) about which the two outer joints of each digit flex, at right angles to its first bone.

    axes: (..., 3, 3) of the palm. bones: (..., 5, 3, 3). A straight digit does not show its axis. So the expected one,
    of weight 1, is added to what the bends show, of the weight of their sines. Expected is the palm's first axis for
    fingers. For the thumb it is that of rest, turned the shortest way to where its metacarpal points now.
    """
    first, second, third = (bones[..., bone, :] for bone in range(3))
    shown = np.cross(first, second) + np.cross(second, third)
    fingers = np.broadcast_to(axes[..., :1, :], (*bones.shape[:-3], 4, 3))
    thumb = turned(_THUMB_AXIS @ axes, _THUMB_REST @ axes, first[..., 4, :])
    expected = across(np.concatenate([fingers, thumb[..., None, :]], axis=-2), first)
    return across(_EXPECTED_WEIGHT * expected + shown, first)


def turned(vectors: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.float64]:
    """`vectors` turned as the shortest turn takes unit `start` to unit `end`; all (..., 3)."""
    axis, cosine = np.cross(start, end), (start * end).sum(axis=-1, keepdims=True)
    along = (axis * vectors).sum(axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-9)
    result: NDArray[np.float64] = cosine * vectors + np.cross(axis, vectors) + along * axis
    return result
