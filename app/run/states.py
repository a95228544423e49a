"""What of a hand's state goes into exports: an object of JSON lines, columns of CSV, arrays of NPZ; docs/hands.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.result import HandFit
from models.core.hand_state.angles import ANGLES
from models.core.hand_state.openxr import JOINTS as OPENXR_JOINTS
from models.core.hand_state.state import HandState
from models.core.skeleton import FINGERS, HAND

_BONES = [HAND.joints[child] for _, child in HAND.bones]  # a bone has the name of its far end
_OPENXR_VALUES = ("x", "y", "z", "qx", "qy", "qz", "qw", "radius")

COLUMNS: dict[str, tuple[str, ...]] = {
    "angles": (*(f"{name}_deg" for name in ANGLES), *(f"{name}_sd_deg" for name in ANGLES)),
    "openxr": tuple(f"openxr_{joint}_{value}" for joint in OPENXR_JOINTS for value in _OPENXR_VALUES),
}
"""The columns of a CSV by their group: degrees; metres in the camera frame and quaternions (x, y, z, w)."""


def csv_cells(state: HandState | None, group: str) -> list[str]:
    """The cells of one row in the order of COLUMNS[group]; empty where nothing is known."""
    if state is None:
        return [""] * len(COLUMNS[group])
    if group == "angles":
        return [_cell(value, 2) for value in (*state.angles.degrees, *_sd_deg(state))]
    hand = state.openxr
    values = np.concatenate([hand.positions_m, hand.rotations, hand.radii_m[:, None]], axis=1)
    return [_cell(value, 6) for value in values.reshape(-1)]


def as_json(state: HandState) -> dict[str, Any]:
    """All of a state but its pose, by names; null where nothing is known."""
    hand, grips, speeds = state.openxr, state.grips, state.velocities_m_s
    return {
        "gesture": state.gesture.value,
        "pinch": round(grips.pinch, 3),
        "grab": round(grips.grab, 3),
        "curls": _named(FINGERS[:4], grips.curls, 3),
        "palm": {
            "position_m": _rounded(state.palm_position_m, 6),
            "normal": _rounded(state.palm_normal, 5),
            "velocity_m_s": None if state.palm_velocity_m_s is None else _rounded(state.palm_velocity_m_s, 4),
        },
        "angles_deg": _named(ANGLES, state.angles.degrees, 2),
        "angles_sd_deg": None if state.angles.sd_deg is None else _named(ANGLES, state.angles.sd_deg, 2),
        "bone_lengths_mm": _named(_BONES, 1000 * state.bone_lengths_m, 2),
        "joint_rotations": _named(HAND.joints, state.joint_rotations, 6),
        "joint_velocities_m_s": None if speeds is None else _named(HAND.joints, speeds, 4),
        "openxr": {
            name: {"position_m": place, "rotation": turn, "radius_m": radius}
            for name, place, turn, radius in zip(
                OPENXR_JOINTS,
                hand.positions_m.round(6).tolist(),
                hand.rotations.round(6).tolist(),
                hand.radii_m.round(5).tolist(),
            )
        },
    }


def fit_as_json(fit: HandFit) -> dict[str, Any]:
    """What the model of a hand says of a frame; residuals in millimetres, null where no depth was compared."""
    residuals = {"residual_mm": fit.residual_mm, "raw_residual_mm": fit.raw_residual_mm}
    rounded = {name: None if value is None else round(value, 2) for name, value in residuals.items()}
    return {"verdict": fit.verdict.value, "shape_is_held": fit.shape.is_held, **rounded}


def as_arrays(state: HandState | None) -> dict[str, Any]:
    """Numbers of one frame by the names of an archive's arrays; None where nothing is known."""
    if state is None:
        return dict.fromkeys((*ARRAYS, "gesture"))
    hand, speed = state.openxr, state.palm_velocity_m_s
    return {
        "angles_deg": _listed(state.angles.degrees),
        "angles_sd_deg": _listed(_sd_deg(state)),
        "openxr_positions_m": hand.positions_m.tolist(),
        "openxr_rotations": hand.rotations.tolist(),
        "openxr_radii_m": hand.radii_m.tolist(),
        "palm_normal": state.palm_normal.tolist(),
        "palm_velocity_m_s": None if speed is None else speed.tolist(),
        "pinch": state.grips.pinch,
        "grab": state.grips.grab,
        "gesture": state.gesture.value,
    }


ARRAYS: dict[str, tuple[int, ...]] = {
    "angles_deg": (len(ANGLES),),
    "angles_sd_deg": (len(ANGLES),),
    "openxr_positions_m": (len(OPENXR_JOINTS), 3),
    "openxr_rotations": (len(OPENXR_JOINTS), 4),
    "openxr_radii_m": (len(OPENXR_JOINTS),),
    "palm_normal": (3,),
    "palm_velocity_m_s": (3,),
    "pinch": (),
    "grab": (),
}
"""The arrays of numbers in an archive, with their shape in one frame; NaN where nothing is known."""


def _sd_deg(state: HandState) -> NDArray[np.float64]:
    return np.full(len(ANGLES), np.nan) if state.angles.sd_deg is None else state.angles.sd_deg


def _cell(value: float, digits: int) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _named(names: Sequence[str], values: NDArray[Any], digits: int) -> dict[str, Any]:
    return dict(zip(names, _rounded(values, digits)))


def _rounded(values: NDArray[Any], digits: int) -> list[Any]:
    return _listed(values.round(digits))


def _listed(values: NDArray[Any]) -> list[Any]:
    """A list as JSON takes it, which knows no NaN; only rows of single numbers have any."""
    return [None if isinstance(value, float) and np.isnan(value) else value for value in values.tolist()]
