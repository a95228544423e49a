"""How far the joints of a hand turn: least and largest angles, and how they bind each other.

After the hand-anatomy literature (Lin, Wu, Huang, "Modeling the constraints of human hand motion", 2000): MCP flexion
-15..90 degrees, PIP 0..105, DIP about half of PIP, abduction about +-15 shrinking with flexion, neighbouring MCPs at
most 60 to 80 degrees apart. That is a hand at ease. The rig's thumb rests 30 degrees before the palm; stretched out it
lies beside the palm or behind it, drawn in along the index finger, fingers bend back to -40 degrees and spread wider.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.rendering.rig import ANGLE, ANGLES, FINGERS

_EASY_DEG: dict[str, tuple[float, float]] = {
    **{f"{finger}_mcp_flex": (-15, 90) for finger in FINGERS},
    **{f"{finger}_pip": (0, 105) for finger in FINGERS},
    **{f"{finger}_dip": (-5, 75) for finger in FINGERS},
    "index_mcp_abduct": (-12, 20),
    "middle_mcp_abduct": (-10, 10),
    "ring_mcp_abduct": (-14, 10),
    "little_mcp_abduct": (-28, 10),
    "thumb_cmc_flex": (-30, 40),
    "thumb_cmc_abduct": (-45, 22),
    "thumb_cmc_twist": (-10, 40),
    "thumb_mcp": (-5, 60),
    "thumb_ip": (-15, 80),
    "wrist_flex": (-70, 70),
    "wrist_deviate": (-20, 30),
    "forearm_twist": (-70, 70),
}
_FULL_DEG = _EASY_DEG | {
    **{f"{finger}_mcp_flex": (-40, 90) for finger in FINGERS},
    "index_mcp_abduct": (-12, 30),
    "ring_mcp_abduct": (-20, 10),
    "little_mcp_abduct": (-45, 10),
    "thumb_cmc_flex": (-45, 55),
    "thumb_cmc_abduct": (-45, 55),
    "thumb_cmc_twist": (-35, 40),
    "thumb_mcp": (-15, 60),
    "thumb_ip": (-30, 80),
    "wrist_deviate": (-40, 45),
}
EASY, FULL = (np.radians(np.array([limits[name] for name in ANGLES]).T) for limits in (_EASY_DEG, _FULL_DEG))
"""Least and largest angles (2, 24), radians: of a hand at ease, and as far as its own muscles stretch it."""
MCP_STEP_DEG = (80.0, 65.0, 60.0)
"""Largest MCP difference of index and middle, middle and ring, ring and little; the index is the freest (pointing)."""

FLEX, ABDUCT, PIP, DIP = (
    np.array([ANGLE[f"{finger}_{part}"] for finger in FINGERS]) for part in ("mcp_flex", "mcp_abduct", "pip", "dip")
)
THUMB = np.arange(ANGLE["thumb_cmc_flex"], ANGLE["thumb_ip"] + 1)
WRIST = np.arange(ANGLE["wrist_flex"], ANGLE["forearm_twist"] + 1)


def clipped(angles: NDArray, limits: NDArray = FULL) -> NDArray[np.float64]:
    """Angles (24,) brought within the limits: each its own, neighbouring MCPs, abduction that shrinks with flexion."""
    angles = np.clip(angles, *limits)
    for f, step in enumerate(np.radians(MCP_STEP_DEG), start=1):
        lead = angles[FLEX[f - 1]]
        angles[FLEX[f]] = np.clip(angles[FLEX[f]], lead - step, lead + step)
    angles[ABDUCT] *= np.clip(np.cos(angles[FLEX]), 0.15, 1)
    return angles
