"""What can be chosen of a depth camera: its stream, its options, and the SDK's filters behind it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, fields

DECIMATIONS = (1, 2, 3, 4, 5, 6, 7, 8)


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
class Filters:
    """The SDK's post-processing of depth images, in this order.

    decimation: one pixel of so many in a row and column, 1 for all of them. spatial: smooths within surfaces and keeps
    their edges. temporal: smooths over frames. holes: fills pixels without depth from their left.
    """

    decimation: int = 1
    spatial: bool = False
    temporal: bool = False
    holes: bool = False

    def __post_init__(self) -> None:
        if self.decimation not in DECIMATIONS:
            raise ValueError(f"decimation: expected a whole number from 1 to 8, got {self.decimation}")

    @property
    def is_none(self) -> bool:
        return self == Filters()


NO_FILTERS = Filters()


def parse_filters(text: str) -> Filters:
    """ "decimation=2,spatial,temporal,holes": any of them. Raises ValueError where it is something else."""
    chosen: dict[str, int | bool] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = word.partition("=")
        if name == "decimation" and value.isdecimal():
            chosen[name] = int(value)
        elif word in {field.name for field in fields(Filters)} - {"decimation"}:
            chosen[word] = True
        else:
            raise ValueError(f"filters: expected some of decimation=2 (to 8), spatial, temporal, holes, got {word!r}")
    return Filters(**chosen)  # type: ignore[arg-type]


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


@dataclass(frozen=True, slots=True)
class CameraState:
    """An open camera: what it is, what it could do, what it does. problem: what it refused last, and why; or empty."""

    device: CameraDevice
    modes: tuple[DepthMode, ...]
    mode: DepthMode
    controls: tuple[CameraControl, ...] = ()
    filters: Filters = NO_FILTERS
    problem: str = ""
