"""Everything a run can be told, as one frozen value; the command line and the window both start from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.assets import asset
from models.core.devices import DEVICES

MODEL_FOLDER = asset("models")
BUNDLED_RECORDING = asset("demo.bag")

HandChoice = Literal["auto", "left", "right"]
HAND_CHOICES: tuple[HandChoice, ...] = ("auto", "left", "right")

NEAR_M = 0.15
FAR_M = 1.2


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What a tracker can be told; all of it may change while its networks stay.

    hand: take every hand for this side, or "auto" to tell them apart. near_m, far_m: depth range that is searched for
    hands. smoothing: pass joints through a One Euro filter.
    """

    hand: HandChoice = "auto"
    near_m: float = NEAR_M
    far_m: float = FAR_M
    smoothing: bool = False

    def __post_init__(self) -> None:
        if self.hand not in HAND_CHOICES:
            raise ValueError(f"hand: expected one of {', '.join(HAND_CHOICES)}, got {self.hand!r}")
        if not 0 < self.near_m < self.far_m:
            raise ValueError(f"depth range: expected 0 < near < far, got {self.near_m} and {self.far_m} m")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line's choices with their defaults.

    source: None means the first camera found, else the bundled recording; otherwise what `app.sources.make_source`
    takes. model: "auto", "compact", "full" or a path to an .onnx file. frames: stop after so many, None for all.
    loop, smoothing: None means the mode's own default: as they were left in the window, both off in a headless run.
    speed: pace of a recording in the window, 1 is its own. overwrite: replace outputs that are there and that this
    program did not write. near_m, far_m: depth range that is searched for hands. kiosk: the window
    begins as a show for visitors. dialogs: errors are shown in a dialog, too. install_desktop, uninstall_desktop: do
    only that.
    """

    source: str | None = None
    hand: HandChoice = "auto"
    model: str = "auto"
    device: str = "auto"
    record: Path | None = None
    export: Path | None = None
    headless: bool = False
    frames: int | None = None
    loop: bool | None = None
    speed: float = 1.0
    preview: Path | None = None
    benchmark: bool = False
    json: Path | None = None
    overwrite: bool = False
    near_m: float = NEAR_M
    far_m: float = FAR_M
    smoothing: bool | None = None
    kiosk: bool = False
    dialogs: bool = False
    install_desktop: bool = False
    uninstall_desktop: bool = False

    def __post_init__(self) -> None:
        self.tracker_settings()  # checks what goes into them
        if self.device not in DEVICES:
            raise ValueError(f"device: expected one of {', '.join(DEVICES)}, got {self.device!r}")
        if not 0 < self.speed < float("inf"):
            raise ValueError(f"speed: expected a factor above zero, got {self.speed}")
        if self.frames is not None and self.frames < 1:
            raise ValueError(f"frames: expected at least 1, got {self.frames}")

    def tracker_settings(self) -> TrackerSettings:
        """Those of this run; where `smoothing` was left open, joints are not smoothed."""
        return TrackerSettings(self.hand, self.near_m, self.far_m, bool(self.smoothing))
