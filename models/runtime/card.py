"""What is known of an exported network: its card, a .json beside the .onnx file (models/export writes both)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.core.joint_sd import JointSd
from models.core.skeleton import REFERENCE_POINTS
from models.core.text import printable
from models.json_file import as_number, read_object, shown
from models.outputs import write_whole

Kind = Literal["pose", "reference"]
CUBE_RANGE = (0.65, 1.25)
"""A cube in proportion to the hand has 0.65 to 1.25 times the card's own edge: 16 to 31 cm where that is 25 cm."""
LARGEST_RESOLUTION = 256
"""Voxels an axis of 32 MiB; the paper's networks have 88."""


class RuntimeModelError(Exception):
    """A network cannot be used. The message is one printable line: which file or device, what is wrong, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def telling_line(error: Exception) -> str:
    """One line of an error: the last, because OpenVINO begins with its own source lines and ends with the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]


def not_loaded(path: Path, error: Exception) -> RuntimeModelError:
    """What a runtime says of a file that it cannot load."""
    return RuntimeModelError(f"{path}: is not a model that can be loaded ({telling_line(error)})")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of an exported network.

    input_resolution: voxels an axis of the volume, or pixels a side of the crops. size_m: edge of the cube (pose) or
    width of the crop (reference), metres. joints: names in order, empty for reference networks.
    reference_point: where the cube is centred (pose) or what is looked for (reference), a name in
    skeleton.REFERENCE_POINTS. details: the whole card as it was written, with how and on what the network was trained.
    cube_of_bones: the edge of the cube is cube_of_bones times the sum of the hand's bone lengths, once that is known.
    None: the network knows cubes of `size_m` only. joint_sd: what a joint's confidence means in millimetres; None for
    networks that were not calibrated.
    """

    name: str
    kind: Kind
    architecture: str
    input_resolution: int
    size_m: float
    joints: tuple[str, ...]
    reference_point: str
    parameters: int
    details: Mapping[str, Any]
    cube_of_bones: float | None = None
    joint_sd: JointSd | None = None

    def cube_m(self, bones_m: float) -> float:
        """Edge in metres of the cube for a hand whose bone lengths add up to `bones_m`."""
        if self.cube_of_bones is None:
            return self.size_m
        smallest, largest = CUBE_RANGE
        return min(max(self.cube_of_bones * bones_m, smallest * self.size_m), largest * self.size_m)


def load_card(path: str | Path) -> ModelCard:
    """The card of an .onnx file. Raises RuntimeModelError where either is missing, or the card broken."""
    if not Path(path).is_file():
        raise RuntimeModelError(f"{path}: there is no such model file; give the path of an exported .onnx file")
    card_path = Path(path).with_suffix(".json")
    try:
        content = read_object(card_path)
    except FileNotFoundError:
        message = f"{card_path}: the model card is missing; export the model again or put the card beside it"
        raise RuntimeModelError(message) from None
    except ValueError as error:
        raise RuntimeModelError(f"{error}; it should be a model card: export the model again") from None
    try:
        return _parse_card(content)
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RuntimeModelError(f"{card_path}: is not a model card ({what}); export the model again") from None


def put_on_card(path: Path, **values: object) -> None:
    """Set keys of a card in one step; the others stay. Raises as `read_object` of models/json_file.py, and OSError."""
    card = read_object(path) | values
    write_whole(path, (json.dumps(card, indent=1) + "\n").encode())


def _number(content: Mapping[str, Any], key: str) -> float:
    """A finite number of a card; raises KeyError where it is missing, ValueError where it is none."""
    number = as_number(content[key])
    if number is None:
        raise ValueError(f"{key}: expected a number, got {shown(content[key])}")
    return number


def _parse_card(content: Mapping[str, Any]) -> ModelCard:
    kind = content["kind"]
    if kind not in ("pose", "reference"):
        raise ValueError(f"kind: expected 'pose' or 'reference', got {shown(kind)}")
    joints = content["joints"] if kind == "pose" else []
    if not isinstance(joints, list):
        raise ValueError(f"joints: expected a list of names, got {shown(joints)}")
    card = ModelCard(
        name=str(content["name"]),
        kind=kind,
        architecture=str(content["architecture"]),
        input_resolution=int(_number(content, "input_resolution")),
        size_m=_number(content, "cube_size_m" if kind == "pose" else "crop_size_m"),
        joints=tuple(str(joint) for joint in joints),
        reference_point=str(content.get("reference_point", "palm")),  # older cards do not say it and mean the palm
        parameters=int(_number(content, "parameters")) if "parameters" in content else 0,
        details=content,
        cube_of_bones=None if content.get("cube_of_bones") is None else _number(content, "cube_of_bones"),
        joint_sd=_joint_sd(content, len(joints)),
    )
    if not 0 < card.input_resolution <= LARGEST_RESOLUTION:
        raise ValueError(f"input_resolution: expected 1 to {LARGEST_RESOLUTION}, got {card.input_resolution}")
    if not 0 < card.size_m < 100 or (kind == "pose" and not card.joints):
        raise ValueError("size and joints must be there and above zero")
    if card.cube_of_bones is not None and not 0 < card.cube_of_bones < 1:
        raise ValueError(f"cube_of_bones: expected a share between 0 and 1, got {card.cube_of_bones}")
    if card.reference_point not in REFERENCE_POINTS:
        known = " or ".join(map(repr, REFERENCE_POINTS))
        raise ValueError(f"reference_point: expected {known}, got {shown(card.reference_point)}")
    return card


def _joint_sd(content: Mapping[str, Any], joints: int) -> JointSd | None:
    """The card's calibration; raises ValueError where it is broken."""
    if content.get("joint_sd") is None:
        return None
    try:
        return JointSd.parse(content["joint_sd"], joints)
    except KeyError as error:
        raise ValueError(f"joint_sd: {error.args[0]!r} is missing") from None
    except ValueError as error:
        raise ValueError(f"joint_sd: {error}") from None
