"""What a depth camera is, and what can be chosen of it: its stream, its options. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.settings import NO_FILTERS, Filters


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """A connected camera. connection: the kind of USB that it is connected by, such as "3.2"; empty where unknown."""

    serial: str
    name: str
    connection: str = ""

    @property
    def label(self) -> str:
        return f"{self.name} {self.serial}"


@dataclass(frozen=True, slots=True)
class DepthMode:
    """Size and rate of a depth stream."""

    width: int
    height: int
    fps: int


@dataclass(frozen=True, slots=True)
class CameraControl:
    """An option of the camera as it is now.

    name: the SDK's. label: for people, with its unit. lowest, highest, step: of its values. choices: names of the
    values from the lowest on, where each has one; empty for a number.
    """

    name: str
    label: str
    value: float
    lowest: float
    highest: float
    step: float
    choices: tuple[str, ...] = ()

    @property
    def is_switch(self) -> bool:
        """On or off."""
        return (self.lowest, self.highest) == (0, 1) and not self.choices


class ColorStream(Enum):
    """Whether frames have colours. NONE: the camera has none. REFUSED: it could not start them."""

    NONE = "none"
    OFF = "off"
    ON = "on"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CameraState:
    """An open camera: what it is, what it could do, what it does. problem: what it refused last, and why; or empty."""

    device: CameraDevice
    modes: tuple[DepthMode, ...]
    mode: DepthMode
    controls: tuple[CameraControl, ...] = ()
    filters: Filters = NO_FILTERS
    problem: str = ""
    color: ColorStream = ColorStream.NONE
