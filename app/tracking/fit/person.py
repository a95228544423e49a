"""The shape of a person's hand, kept under a name in the user's folder for the next start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.settings import is_person
from models.kept import fetch, keep, kept_folder

SHAPES = "hand shape, 34 numbers"
"""What a kept shape depends on: another model of the hand has other numbers."""
_COUNT, _LARGEST = 34, 4.0
_PREFIX, _SUFFIX = "hand-", ".shape"


def known_shape(name: str) -> NDArray[np.float64] | None:
    """The shape (34,) of this person's hand, as `app/tracking/fit/model.py` counts it; None where there is none."""
    content = fetch(_file(name), SHAPES) if name else None
    if content is None or len(content) != 8 * _COUNT:
        return None
    shape = np.frombuffer(content, dtype="<f8").astype(np.float64)
    return shape if (np.abs(shape) <= _LARGEST).all() else None


def keep_shape(name: str, shape: NDArray[np.float64]) -> None:
    """Keep the shape (34,) of this person's hand instead of what was kept before; where that fails, the log says so."""
    keep(_file(name), SHAPES, shape.astype("<f8").tobytes())


def known_people() -> list[str]:
    """The names under which shapes are kept, in alphabetical order."""
    try:
        names = [path.name[len(_PREFIX) : -len(_SUFFIX)] for path in kept_folder().glob(_file("*"))]
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return []
    return sorted(name for name in names if is_person(name) and known_shape(name) is not None)


def _file(name: str) -> str:
    return f"{_PREFIX}{name}{_SUFFIX}"
