"""A pose network in 8 bits: NAME.int8.onnx beside NAME.onnx, made and measured by `python -m models.export.int8`."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from models.runtime.card import ModelCard

CARD_KEY = "int8"
"""On the card: the digest of the file that was made from this network, and what was measured of it."""

_log = logging.getLogger(__name__)


def int8_path(network: Path) -> Path:
    """Where the 8-bit form of NAME.onnx lies, whether there is one or not."""
    return network.with_suffix(".int8.onnx")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def int8_file(network: Path, card: ModelCard) -> Path | None:
    """The 8-bit form that was made from this network; None, with a word in the log, where there is none."""
    path, made = int8_path(network), card.details.get(CARD_KEY)
    if not isinstance(made, dict):
        return None
    try:
        if digest_of(path) == made.get("sha256"):
            return path
        what = "was not made from this network"
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
    _log.warning("%s %s, so int8 is left out; make it again: python -m models.export.int8", path, what)
    return None
