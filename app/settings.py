"""Everything a run can be told, as one frozen value; the command line and the window both start from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.assets import asset
from models.core.devices import DEVICES, PRECISIONS

if TYPE_CHECKING:  # --help answers without numpy
    from models.core.types import Handedness

MODEL_FOLDER = asset("models")
BUNDLED_RECORDING = asset("demo.bag")
TWO_HAND_RECORDING = asset("two-hands.db3")

HandChoice = Literal["auto", "left", "right"]
HAND_CHOICES: tuple[HandChoice, ...] = ("auto", "left", "right")

MODELS = ("auto", "compact", "full")
"""Words for networks; any other name is a file."""

CSV_COLUMNS = ("joints", "angles", "openxr")
"""Groups of columns of a pose export as CSV; the first are those that are written unless others are asked for."""
HAND_COUNTS = (1, 2)
WINDOW_HANDS = 2
"""How many hands the window follows where nothing is said: beside a single one the search costs little, and none of the
recordings of one hand shows a second one by mistake (docs/hands.md)."""

DECIMATIONS = (1, 2, 3, 4, 5, 6, 7, 8)

NEAR_M = 0.15
FAR_M = 1.2


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


PERSON_NAMES = "a name of at most 40 letters, digits and _"


def is_person(name: str) -> bool:
    """Whether a shape can be kept under this name: it becomes part of a file's name on every system."""
    return name.isidentifier() and name.isascii() and len(name) <= 40


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What a tracker can be told; all of it may change while its networks stay.

    hand: take every hand for this side, or "auto" to tell them apart. near_m, far_m: depth range that is searched for
    hands. smoothing: calm the joints with a filter. hands: how many are followed at once, 1 or 2. fit: fit a
    model of the hand to each frame. person: whose hand's shape is kept, empty for nobody's.
    """

    hand: HandChoice = "auto"
    near_m: float = NEAR_M
    far_m: float = FAR_M
    smoothing: bool = False
    hands: int = 1
    fit: bool = False
    person: str = ""

    def __post_init__(self) -> None:
        if self.person and not is_person(self.person):
            raise ValueError(f"person: expected {PERSON_NAMES}, got {self.person!r}")
        if self.hand not in HAND_CHOICES:
            raise ValueError(f"hand: expected one of {', '.join(HAND_CHOICES)}, got {self.hand!r}")
        if not 0 < self.near_m < self.far_m:
            raise ValueError(f"depth range: expected 0 < near < far, got {self.near_m} and {self.far_m} m")
        if self.hands not in HAND_COUNTS:
            raise ValueError(f"hands: expected 1 or 2, got {self.hands}")

    @property
    def fixed_side(self) -> Handedness | None:
        """The side that every hand is taken for; None where they are told apart."""
        return None if self.hand == "auto" else self.hand


@dataclass(frozen=True, slots=True)
class Options:
    """The command line's choices with their defaults.

    source: None means the first camera found, else the bundled recording; otherwise what `app.sources.make_source`
    takes. model: "auto", "compact", "full" or a path to an .onnx file. frames: stop after so many, None for all.
    loop, smoothing: None means the mode's own default: as they were left in the window, both off in a headless run.
    speed: pace of a recording in the window, 1 is its own. compare: with a benchmark, other ways to track as well;
    mediapipe: a wheel whose networks are among them. overwrite: replace outputs that are there and that this
    program did not write. near_m, far_m: depth range that is searched for hands.
    hands: how many are followed at once; None means the mode's own default, two in the window and one otherwise.
    fit: fit a model of the hand; None means in the window only. person: keep the shape of the hand under
    this name. filters: the SDK's, behind cameras and the
    simulated one.
    kiosk: the window begins as a show for visitors. dialogs: errors are shown in a dialog, too. install_desktop,
    uninstall_desktop: do only that. check: test this file and end. report: write what a
    report of an error should say and end.
    """

    source: str | None = None
    hand: HandChoice = "auto"
    model: str = "auto"
    device: str = "auto"
    precision: str = "auto"
    record: Path | None = None
    export: Path | None = None
    headless: bool = False
    frames: int | None = None
    loop: bool | None = None
    speed: float = 1.0
    preview: Path | None = None
    benchmark: bool = False
    compare: bool = False
    mediapipe: Path | None = None
    json: Path | None = None
    overwrite: bool = False
    near_m: float = NEAR_M
    far_m: float = FAR_M
    smoothing: bool | None = None
    columns: tuple[str, ...] | None = None
    filters: Filters = NO_FILTERS
    angles: Path | None = None
    hands: int | None = None
    fit: bool | None = None
    person: str = ""
    kiosk: bool = False
    dialogs: bool = False
    install_desktop: bool = False
    uninstall_desktop: bool = False
    check: Path | None = None
    report: Path | None = None

    def __post_init__(self) -> None:
        self.tracker_settings()  # checks what goes into them
        if self.device not in DEVICES:
            raise ValueError(f"device: expected one of {', '.join(DEVICES)}, got {self.device!r}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {self.precision!r}")
        if not 0 < self.speed < float("inf"):
            raise ValueError(f"speed: expected a factor above zero, got {self.speed}")
        if self.compare and not self.benchmark:
            raise ValueError("--compare: goes with --benchmark")
        if self.mediapipe is not None and not self.compare:
            raise ValueError("--mediapipe: goes with --benchmark --compare")
        if self.frames is not None and self.frames < 1:
            raise ValueError(f"frames: expected at least 1, got {self.frames}")
        self._check_columns()

    def _check_columns(self) -> None:
        if self.columns is None:
            return
        unknown = [group for group in self.columns if group not in CSV_COLUMNS]
        if unknown or not self.columns:
            got = repr(unknown[0]) if unknown else "none"
            raise ValueError(f"columns: expected some of {', '.join(CSV_COLUMNS)}, got {got}")
        if self.export is None or self.export.suffix.lower() != ".csv":
            raise ValueError("columns: they are chosen for --export FILE.csv; other files have everything")

    def csv_columns(self) -> tuple[str, ...]:
        """Groups of columns that a CSV export has."""
        return self.columns or CSV_COLUMNS[:1]

    def tracker_settings(self) -> TrackerSettings:
        """Those of this run; where `smoothing` was left open, joints are not smoothed."""
        return TrackerSettings(
            self.hand, self.near_m, self.far_m, bool(self.smoothing), self.hands or 1, bool(self.fit), self.person
        )
