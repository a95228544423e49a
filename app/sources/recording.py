"""Recordings: .bag and .db3 of the RealSense SDK, and ROS's own, also as a folder or .mcap."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.checksums import Checksums, read_checksums, sums_path
from app.sources.frame_numbers import PlacedNumbers
from app.sources.ground_truth import ground_truth_path, read_ground_truth
from app.sources.paced import PacedSource
from app.sources.pending import PendingFrame
from app.sources.player import Player
from app.sources.recording_file import check_recording
from app.sources.ros_file import is_ros_folder, why_not_read
from app.sources.sdk import load_sdk

if TYPE_CHECKING:
    from app.sources.recorded_color import RecordedColor

log = logging.getLogger(__name__)

BROKE = "the recording is damaged: the RealSense SDK broke on it, so that it is read in another way"


class RecordingSource(PacedSource):
    """A recording with a depth stream. `NAME.joints.csv` beside it, or joints.csv in its folder, is its ground truth.

    path: a file or a folder of ROS 2. topic: which depth images of a file with several. The SDK plays what it has
    written, the reader of ROS's files the rest: ROS's layout, and what the SDK would break on. Frames are told apart by
    numbers that grow (PlacedNumbers). Where there are checksums of its frames beside it, those that do not match are
    damaged (DepthFrame.is_damaged). realtime, speed, loop: as in PacedSource. by_sdk: False where the SDK is known to
    break on it.

    The SDK cannot be sent to a frame, so from the first seek on the reader of ROS's files plays all.
    """

    def __init__(
        self,
        path: str | Path,
        realtime: bool,
        speed: float = 1.0,
        loop: bool = False,
        topic: str | None = None,
        by_sdk: bool = True,
    ) -> None:
        super().__init__(realtime, speed, loop)
        self._path, self._topic, self._by_sdk = Path(path), topic, by_sdk
        self._player: Player | None = None
        self._depth_topic: str | None = None  # of a file that the SDK plays
        self._numbers = PlacedNumbers()
        self._frames = 0
        self._sums: Checksums | None = None
        self._peeked: PendingFrame | None = None
        self._color_topic: str | None = None
        self._wants_color = False
        self._colors: RecordedColor | None = None

    def prepare(self) -> None:
        if self._path.suffix == ".bag":
            from rosbags import rosbag1  # noqa: F401  # its index is looked at
        with suppress(SourceError):  # `open` says so where the SDK is needed
            load_sdk()

    def _start(self) -> SourceInfo:
        player = self._choose_player()
        ground_truth = read_ground_truth(ground_truth_path(self._path))
        self._player, self._numbers = player, PlacedNumbers()
        stream = player.start()
        self._frames = stream.frames
        notes = self._take_checksums(player, stream.notes)
        return SourceInfo(
            kind="recording",
            label=f"{self._path.name}#{self._topic}" if self._topic else self._path.name,
            is_live=False,
            fps=stream.fps,
            camera=stream.camera,
            depth_units=stream.depth_units,
            frame_count=stream.frames,
            ground_truth=ground_truth,
            path=self._path,
            notes=notes,
            is_seekable=not why_not_read(self._path),
            has_color=self._color_topic is not None,
        )

    def _take_checksums(self, player: Player, notes: tuple[str, ...]) -> tuple[str, ...]:
        """Use the checksums beside the recording, if there are any of it. The notes, with what is said of them."""
        self._sums = self._peeked = None
        try:
            sums = read_checksums(self._path)
        except (OSError, ValueError) as error:
            return (*notes, f"frames are not checked: {error}")
        if not sums or self._topic is not None:  # None, or none of a recording that was broken off at once
            return notes
        self._peeked = first = player.next()
        if first is None or not sums.are_of(first.frame_id, first.timestamp_ms):
            return (*notes, f"frames are not checked: {sums_path(self._path).name} is not of this recording")
        self._sums = sums
        missing = len(sums) - self._frames
        if missing <= 0 or any("missing" in note for note in notes):
            return notes
        return (*notes, f"{missing} of {len(sums)} frames are missing: the recording is cut short")

    def set_color(self, on: bool) -> None:
        self._wants_color = on

    def _color_of(self, frame: PendingFrame, raw: NDArray[np.uint16]) -> NDArray[np.uint8] | None:
        if not self._wants_color or self._color_topic is None or self._depth_topic is None:
            return None
        assert self._info is not None
        assert frame.index is not None
        units = self._info.depth_units if frame.depth_units is None else frame.depth_units
        try:
            if self._colors is None:
                from app.sources.recorded_color import RecordedColor  # late: only who looks at colours waits for it

                self._colors = RecordedColor(self._path, self._depth_topic, self._color_topic)
            return self._colors.over(raw, self._info.camera, units, frame.index, frame.timestamp_ms)
        except SourceError as error:
            log.warning("%s: no colours (%s)", self._path, error)
            self._color_topic = None
            return None

    def _choose_player(self) -> Player:
        self._color_topic = None
        if self._topic is not None or is_ros_folder(self._path) or self._path.suffix.lower() == ".mcap":
            return _ros_player(self._path, self._topic)
        file = check_recording(self._path)
        self._depth_topic, self._color_topic = file.topic, file.color_topic
        if not file.is_for_sdk:
            return _ros_player(self._path, file.topic, file.notes)
        if not self._by_sdk:
            return _ros_player(self._path, file.topic, (*file.notes, BROKE))
        from app.sources.sdk_player import SdkPlayer

        # With checksums of their own, frames whose images are damaged are shown as such.
        return SdkPlayer(file, lambda: self._closing, checks_images=not sums_path(self._path).is_file())

    def _next(self) -> PendingFrame | None:
        assert self._player is not None
        peeked, self._peeked = self._peeked, None
        frame = (peeked or self._player.next()) if self._place < self._frames else None
        if frame is None:
            return None
        checksum = None if self._sums is None else self._sums.of(frame.frame_id)
        return replace(frame, frame_id=self._numbers.of(frame.frame_id), checksum=checksum)

    def _rewind(self) -> None:
        assert self._player is not None
        self._numbers.go_to(0)
        self._peeked = None
        self._player.rewind()

    def _seek(self, index: int) -> None:
        from app.sources.ros_player import RosPlayer

        player = self._player
        if not isinstance(player, RosPlayer):
            self._stop_player()
            self._player = player = RosPlayer(self._path, self._depth_topic)
            player.start()
        self._peeked = None
        player.seek(index)
        self._numbers.go_to(index)

    def _stop(self) -> None:
        self._stop_player()
        colors, self._colors = self._colors, None
        if colors is not None:
            colors.close()

    def _stop_player(self) -> None:
        player, self._player = self._player, None
        if player is not None:
            player.stop()


def _ros_player(path: Path, topic: str | None, notes: tuple[str, ...] = ()) -> Player:
    from app.sources.ros_player import RosPlayer  # late: what it needs takes longer to load than the SDK

    return RosPlayer(path, topic, notes)
