"""The contract that every source of depth frames keeps to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from app.settings import Filters
from app.sources.camera_settings import CameraState, DepthMode
from models.core.types import Camera, DepthFrame, Pose


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of an open source.

    kind: "camera", "recording", "folder" or "simulator". label: one line for people (device and serial, or file name).
    is_live: frames come whether or not anyone reads them, and cannot be paused or repeated.
    fps: nominal rate. camera: the intrinsics of the stream as it is delivered, depth_units: metres per raw unit, from
    which single frames of a recording may differ.
    frame_count: number of frames where it is known. ground_truth: the poses of all hands by frame_id, where the source
    has them (a folder's joints.csv, a recording's NAME.joints.csv beside it, the simulator's own, filled as its frames
    are made); empty otherwise. path: the file or folder that the frames come from; None for devices.
    notes: what the user should know of it, a line each: files left out, what was assumed. is_seekable: `seek` reaches
    each of its `frame_count` frames. has_color: a recording with colours; `set_color` counts at once there.
    """

    kind: str
    label: str
    is_live: bool
    fps: float
    camera: Camera
    depth_units: float
    frame_count: int | None = None
    ground_truth: Mapping[int, tuple[Pose, ...]] = field(default_factory=dict)
    path: Path | None = None
    notes: tuple[str, ...] = ()
    is_seekable: bool = False
    has_color: bool = False


class EndOfStream(Exception):
    """The recording or folder has no more frames, or the source was closed."""


class Source(ABC):
    """A stream of depth frames. One thread reads; `close` may be called from any thread, twice, and before `open`.

    `open` starts the source, afresh where it was open or closed before, and returns its `SourceInfo`; it raises
    SourceError with one line that says what failed and what to do. `read` returns the next frame, or None when none
    was due within `timeout_s` because the source is paused or played slowly. It raises EndOfStream at the end of a
    recording or folder and after `close`, SourceLostError when a live source falls silent for `timeout_s`, and
    SourceError when a file turns out to be broken.

    Sources are made with `realtime`: False hands out every frame exactly once, in order, as fast as it is read; True
    keeps a recording's or folder's own pace (times `speed`) and skips frames that nobody read in time. `loop=True`
    starts over at the end, and `frame_id` with it. Frames count in `restarts` how often that happened, or the source
    was opened again or sought another frame than the next.
    """

    def prepare(self) -> None:
        """Load in the background what the first `open` will need; nothing is opened. `close` ends it, too."""

    @abstractmethod
    def open(self) -> SourceInfo: ...

    @abstractmethod
    def read(self, timeout_s: float = 5.0) -> DepthFrame | None: ...

    @abstractmethod
    def close(self) -> None: ...

    def set_paused(self, paused: bool) -> None:
        """Hold or go on, for recordings and folders; live sources ignore it. May be called from any thread."""

    @property
    def is_paused(self) -> bool:
        return False

    def set_loop(self, loop: bool) -> None:
        """Start over at the end from now on, or not; live sources ignore it. May be called from any thread."""

    def seek(self, index: int) -> None:
        """Let the next `read` give the frame at this place of the file, from 0, at once, also while paused.

        Then it goes on behind it. Places outside of the file are taken for its first or last frame. Only where
        `SourceInfo.is_seekable`; others ignore it. May be called from any thread; the last call counts.
        """

    def step(self, count: int) -> None:
        """Seek the frame that is `count` places behind the last one, before it where negative; else as `seek`."""

    def set_speed(self, speed: float) -> None:
        """Multiply the pace from now on; infinite: as fast as it is read, and every frame. As `seek` otherwise.

        Raises ValueError unless it is above zero.
        """

    def set_part(self, part: tuple[int, int] | None) -> None:
        """Play the frames from the first to the last of these places over and over; None: the whole. As `seek`."""

    # -- cameras: what can be chosen. May be called from any thread; what other sources ignore. -----------------------

    def set_mode(self, mode: DepthMode | None) -> None:
        """Size and rate from the next `open` on; None for the source's own choice."""

    def set_filters(self, filters: Filters) -> None:
        """Filter the frames from now on, but decimate them from the next `open` on, because that changes their size."""

    def set_control(self, name: str, value: float) -> None:
        """Set an option of the camera, now and after each `open`. What it refuses stands in the state's `problem`."""

    def set_color(self, on: bool) -> None:
        """Give frames their colours, where there are any: a camera from the next `open` on; at first it is off."""

    def state(self) -> CameraState | None:
        """What can be chosen and what is; None where nothing can, or while nothing is open."""

    def __enter__(self) -> SourceInfo:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
