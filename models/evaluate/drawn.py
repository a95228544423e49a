"""The best and worst frames of an evaluation with a small picture of each, and their way through JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.evaluate.extremes import Ranked
from models.evaluate.tiles import Comparison, tile
from models.json_file import as_number, shown

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    """A frame with its picture.

    name: what people find it by. index: its place, from 0, among the frames of the evaluation. error_mm: mean error of
    the headline's joints. picture: a PNG, base64.
    """

    name: str
    index: int
    error_mm: float
    picture: str


def drawn(frames: Sequence[Ranked[Comparison]]) -> tuple[DrawnFrame, ...]:
    """Frames of `extremes.Extremes` with their pictures, in their order."""
    return tuple(DrawnFrame(frame.item.name, frame.index, frame.error_mm, encoded_tile(frame.item)) for frame in frames)


def encoded_tile(comparison: Comparison) -> str:
    """The picture of a comparison as a PNG in base64."""
    whole, data = cv2.imencode(".png", tile(comparison), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert whole
    return base64.b64encode(data.tobytes()).decode("ascii")


def read_drawn(path: Path, figures: dict[str, Any], key: str) -> tuple[DrawnFrame, ...]:
    """The drawn frames under a key of a report; none where it lacks them, as those of older versions do.

    Raises ValueError with one line naming the file, the key, the frame and what is wrong with it.
    """
    values = figures.get(key)
    if values is None:
        return ()
    if not isinstance(values, list):
        raise ValueError(f"{path}: {key!r} should be a list of frames, got a {type(values).__name__}")
    frames = []
    for number, value in enumerate(values, start=1):
        try:
            frames.append(_frame(value))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{path}: {key!r}, frame {number}: {error}") from None
    return tuple(frames)


def _frame(value: Any) -> DrawnFrame:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, got a {type(value).__name__}")
    for name in ("name", "index", "error_mm", "picture"):
        if name not in value:
            raise ValueError(f"has no {name!r}")
    name, index, error_mm, picture = (value[key] for key in ("name", "index", "error_mm", "picture"))
    if not isinstance(name, str):
        raise ValueError(f"'name' should be a text, got a {type(name).__name__}")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise ValueError(f"'index' should be a count, got {shown(index)}")
    if isinstance(error_mm, str) or as_number(error_mm) is None:
        raise ValueError(f"'error_mm' should be a number, got {shown(error_mm)}")
    if not isinstance(picture, str):
        raise ValueError(f"'picture' should be a text, got a {type(picture).__name__}")
    _check_picture(picture)
    return DrawnFrame(name, index, float(error_mm), picture)


def _check_picture(picture: str) -> None:
    """Raises ValueError where a text is no PNG in base64."""
    try:
        data = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("'picture' is not base64") from None
    if not data.startswith(SIGNATURE):
        raise ValueError("'picture' is not a PNG")
    try:
        whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) is not None
    except cv2.error:  # one that claims an absurd size
        whole = False
    if not whole:
        raise ValueError("'picture' is a damaged PNG")
