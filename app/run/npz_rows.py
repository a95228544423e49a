"""The rows of an .npz export while it lasts, a JSON object a line, and the archive that is made of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from app.run import states
from models.core.hand_state.angles import ANGLES
from models.core.hand_state.openxr import JOINTS as OPENXR_JOINTS
from models.core.skeleton import HAND

JOINT_COUNT = len(HAND.joints)
LONGEST_ROW = 1 << 20
SHAPES: dict[str, tuple[int, ...]] = {
    "joints_cam_m": (JOINT_COUNT, 3),
    "joint_confidence": (JOINT_COUNT,),
    "joint_sd_mm": (JOINT_COUNT,),
    **states.ARRAYS,
}
"""Of one row, float64, NaN where it is null."""
PLAIN = {"frame": np.int64, "timestamp_ms": np.float64, "tracked": bool, "confidence": np.float64}
TEXTS = {"hand": "U5", "verdict": "U7", "gesture": "U8"}


def archive_of(path: Path) -> bytes:
    """The .npz of a file of rows. Lines that are torn or damaged are left out. Raises OSError."""
    count = sum(1 for _ in whole_rows(path))
    arrays: dict[str, Any] = {name: np.full((count, *shape), np.nan) for name, shape in SHAPES.items()}
    arrays.update({name: np.zeros(count, dtype=kind) for name, kind in (PLAIN | TEXTS).items()})
    for index, row in enumerate(whole_rows(path)):
        for name, array in arrays.items():
            if (value := row[name]) is not None:
                array[index] = value
    archive = io.BytesIO()
    names = {"joint_names": HAND.joints, "angle_names": ANGLES, "openxr_names": OPENXR_JOINTS}
    arrays.update({name: np.array(values) for name, values in names.items()})
    np.savez_compressed(archive, **arrays)
    return archive.getvalue()


def whole_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows that have all that the archive needs, one at a time."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW):
            if (row := parsed_row(line)) is not None:
                yield row


def parsed_row(line: bytes) -> dict[str, Any] | None:
    """One row; None where it is torn, or none of these."""
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or not line.endswith(b"\n"):
            return None
        for name, shape in SHAPES.items():
            if row[name] is not None and np.shape(np.asarray(row[name], np.float64)) != shape:
                return None
        return row if all(name in row for name in (*PLAIN, *TEXTS)) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
