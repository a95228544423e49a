"""JSON files that people and programs write: one object, or one line that says why it is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LARGEST_BYTES = 64 << 20


def read_object(path: Path, largest_bytes: int = LARGEST_BYTES) -> dict[str, Any]:
    """The JSON object in a file; a byte-order mark and UTF-16 are fine.

    Raises FileNotFoundError where there is no file, ValueError with one line where it cannot be read, is larger than
    `largest_bytes`, or holds anything else. Numbers are as in the file: they may be infinite, or integers that no
    float can hold.
    """
    try:
        if path.exists() and not path.is_file():
            raise ValueError(f"{path}: is not a file")
        if path.stat().st_size > largest_bytes:
            raise ValueError(f"{path}: is too large, {path.stat().st_size} bytes")
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except RecursionError:
        raise ValueError(f"{path}: is not JSON that can be read (nested too deeply)") from None
    except ValueError as error:  # no text, no JSON, or a number with thousands of digits
        message = str(error)
        raise (error if message.startswith(str(path)) else ValueError(f"{path}: is not JSON ({message})")) from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object")
    return content


def as_number(value: object) -> float | None:
    """A finite number, also where it was written as a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # no number; an integer beyond every float
        return None
    return number if abs(number) < float("inf") else None


def shown(value: object, longest: int = 40) -> str:
    """A value for a message, cut off where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # integers of thousands of digits have no text
        return "a number with thousands of digits" if isinstance(value, int) else "something very deep"
    return text if len(text) <= longest else f"{text[:longest]}…"
