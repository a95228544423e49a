"""From the standard deviation that an angle would have if joints erred independently, to what it really has.

Neighbouring joints err together, which turns bones less than independent errors would. By how much depends on the
angle. The factors come from hands of the third synthetic set: `python -m models.evaluate.angles --model FILE` fits them
on one half of the hands, and checks these on the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WITHIN_95 = 2.36
"""So many standard deviations hold 95 % of the errors (2.0 of a Gaussian's): a finger read as another is far off."""

FACTORS = {
    "mcp_flexion": 0.65,
    "mcp_abduction": 0.44,
    "pip_flexion": 0.45,
    "dip_flexion": 0.34,
    "thumb_cmc_radial_abduction": 0.68,
    "thumb_cmc_palmar_abduction": 0.54,
    "thumb_opposition": 0.69,
    "thumb_mcp_flexion": 0.49,
    "thumb_ip_flexion": 0.51,
}
"""Of each kind of angle, alike in the four fingers; 1 where nothing was measured (the wrist, which needs the elbow)."""


def kind_of(name: str) -> str:
    """The kind of an angle of ANGLES: its name, of the four fingers without the finger."""
    return name if name.startswith(("thumb", "wrist")) else name.split("_", 1)[1]


def factors(names: Sequence[str]) -> NDArray[np.float64]:
    """The factor of each of the angles."""
    return np.array([FACTORS.get(kind_of(name), 1.0) for name in names])
