"""Recordings through the reader of ROS's files: ROS's own layout, and the SDK's where the SDK breaks on the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.pending import PendingFrame
from app.sources.player import Player, Stream
from app.sources.ros_file import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE, Message, RosFile
from app.sources.ros_image import RosDepth, describe, is_depth, read_camera_message, read_depth_message
from app.sources.sdk import short
from app.sources.sdk_layout import ImageTopic, image_topic
from app.sources.sdk_metadata import ImageMetadata, SdkMetadata, metadata_topic
from models.core.types import Camera

LOOKED_AT = 30
"""Frames from which the rate and the kind of time stamps are taken."""
USUAL_FPS = 30.0
COMPRESSED_ENDING = "/compressedDepth"


class RosPlayer(Player):
    """Depth images of one topic with the camera_info beside it.

    topic: None where the file has one only. notes: what is known of the file already. Frames are numbered by their
    place; in recordings of the SDK by its own numbers. Their time is the image's stamp, or where there is none the
    file's; in a .db3 of the SDK the one beside the image. Depth units: behind or beside the image, in the SDK's option,
    else by the encoding.
    """

    def __init__(self, path: Path, topic: str | None = None, notes: tuple[str, ...] = ()) -> None:
        super().__init__(path)
        self._wanted, self._notes = topic, notes
        self._file: RosFile | None = None
        self._topic = ""
        self._sdk: ImageTopic | None = None
        self._camera: Camera | None = None
        self._option_units: float | None = None
        self._is_stamped = False
        self._messages: Iterator[Message] = iter(())
        self._metadata: SdkMetadata | None = None
        self._times_ns: NDArray[np.int64] | None = None
        self._place = 0

    def start(self) -> Stream:
        self._file = file = RosFile(self._path)
        self._topic = _choose(self._path, file, self._wanted)
        self._sdk = image_topic(self._topic)
        self._camera = self._read_camera(file)
        self._option_units = self._read_option(file)
        head = list(islice(file.messages(self._topic), LOOKED_AT))
        if not head:
            raise self._ends_after(0, file.counts[self._topic])
        # SDK recordings of ROS 2 stamp their images with the time at which they were written.
        is_sdk_of_ros2 = self._sdk is not None and not hasattr(head[0].content.header, "seq")
        self._is_stamped = not is_sdk_of_ros2 and any(_stamp_ns(each.content) for each in head)
        if is_sdk_of_ros2 and self._sdk is not None:
            beside = file.counts.get(metadata_topic(self._sdk), 0)
            self._metadata = SdkMetadata(file, self._sdk) if beside >= file.counts[self._topic] else None
        units = self._units(head[0], self._metadata_of(head[0]), self._depth(head[0], 0))
        self.rewind()
        return Stream(self._camera, self._rate(head), units, file.counts[self._topic], self._notes)

    def next(self) -> PendingFrame | None:
        assert self._file is not None
        message, promised = next(self._messages, None), self._file.counts[self._topic]
        if message is None:
            if self._place < promised:
                raise self._ends_after(self._place, promised)
            return None
        place, self._place = self._place, self._place + 1
        depth = self._depth(message, place)
        beside = self._metadata_of(message)
        number = message.content.header.seq if self._has_numbers(message) else place
        return PendingFrame(
            frame_id=number if beside is None else beside.number,
            timestamp_ms=self._time_ns(message) / 1e6 if beside is None else beside.timestamp_ms,
            load=partial(self._decoded, depth, place),
            depth_units=self._units(message, beside, depth),
        )

    def rewind(self) -> None:
        self._read_from(None)
        self._place = 0

    def seek(self, index: int) -> None:
        """Make the frame at this place of the file, from 0, the next one."""
        assert self._file is not None
        if self._times_ns is None:
            self._times_ns = np.array(self._file.times_ns(self._topic), np.int64)
        time_ns = int(self._times_ns[index])
        self._read_from(time_ns)
        for _ in range(int((self._times_ns[:index] >= time_ns).sum())):  # frames before it with the same time
            next(self._messages, None)
        self._place = index

    def _read_from(self, time_ns: int | None) -> None:
        assert self._file is not None
        self._messages = self._file.messages(self._topic, time_ns)
        if self._metadata is not None:
            self._metadata.go_to(time_ns)

    def stop(self) -> None:
        file, self._file, self._messages = self._file, None, iter(())
        self._metadata = self._times_ns = None
        if file is not None:
            file.close()

    def _read_camera(self, file: RosFile) -> Camera:
        names = _camera_topics(self._topic)
        found = next((name for name in names if file.counts.get(name) and file.kinds[name] == CAMERA_INFO), None)
        message = None if found is None else file.first(found)
        if message is None:
            raise SourceError(f"{self._path}: holds no camera information for {self._topic}; record {names[0]} as well")
        try:
            return read_camera_message(message.content, is_rectified="rect" in self._topic)
        except (ValueError, OverflowError) as error:
            raise self._broken(error) from None

    def _read_option(self, file: RosFile) -> float | None:
        """Metres a raw unit as the SDK's option has them; None in ROS's own recordings."""
        if self._sdk is None or (message := file.first(f"{self._sdk.option_prefix}Depth_Units/value")) is None:
            return None
        try:
            return float(message.content.data)
        except ValueError:
            raise self._broken(f"its depth units are {message.content.data!r}") from None

    def _depth(self, message: Message, place: int) -> RosDepth:
        assert self._camera is not None
        try:
            depth = read_depth_message(message.content)
        except ValueError as error:
            raise self._broken(f"frame {place}: {error}") from None
        self._check_size(depth.width, depth.height, self._camera, place)
        return depth

    def _decoded(self, depth: RosDepth, place: int) -> NDArray[np.uint16]:
        try:
            return depth.decode()
        except ValueError as error:
            raise self._broken(f"frame {place}: {error}") from None

    def _metadata_of(self, message: Message) -> ImageMetadata | None:
        return None if self._metadata is None else self._metadata.of(message.time_ns)

    def _units(self, message: Message, beside: ImageMetadata | None, depth: RosDepth) -> float:
        said = message.units if beside is None else beside.units
        units = said or self._option_units  # 0 says that it does not know
        return depth.units if units is None else self._check_units(short(units))

    def _has_numbers(self, message: Message) -> bool:
        return self._sdk is not None and hasattr(message.content.header, "seq")

    def _time_ns(self, message: Message) -> int:
        return _stamp_ns(message.content) if self._is_stamped else message.time_ns

    def _rate(self, head: list[Message]) -> float:
        """Frames a second, by the median of their distances."""
        steps_ns = np.diff([self._time_ns(message) for message in head])
        step_s = float(np.median(steps_ns)) / 1e9 if len(steps_ns) else 0.0
        return round(1 / step_s, 2) if 0.001 <= step_s <= 10 else USUAL_FPS


def _choose(path: Path, file: RosFile, wanted: str | None) -> str:
    """The topic to play. Raises SourceError where there is none, or several and none is wanted."""
    images: dict[str, Any] = {}
    for name in sorted(file.counts):
        if file.kinds[name] in (IMAGE, COMPRESSED_IMAGE) and (message := file.first(name)) is not None:
            images[name] = message.content
    depth = [name for name, message in images.items() if is_depth(message)]
    if wanted is not None:
        found = next((name for name in images if wanted in (name, name.removeprefix("/"))), None)
        if found is None:
            there = f"its depth topics: {', '.join(depth)}" if depth else "it holds no depth topic"
            raise SourceError(f"{path}: holds no images {wanted}; {there}")
        return found
    # The same images packed beside themselves are no second choice.
    packed = {f"{name}{COMPRESSED_ENDING}" for name in depth}
    depth = [name for name in depth if name not in packed]
    if not depth:
        others = ", ".join(f"{name} ({describe(message)})" for name, message in images.items()) or "none"
        raise SourceError(f"{path}: holds no depth images (16UC1, mono16, 32FC1); its images: {others}")
    if len(depth) > 1:
        raise SourceError(
            f"{path}: holds {len(depth)} depth topics, {' and '.join(depth)}; choose one by '{path}#{depth[0]}'"
        )
    return depth[0]


def _camera_topics(topic: str) -> list[str]:
    """Where the camera of these images may be: beside them, as ROS has it, or where a .bag of the SDK has it."""
    beside = topic.removesuffix(COMPRESSED_ENDING).rpartition("/")[0]
    return [f"{beside}/camera_info", f"{beside.removesuffix('/image')}/info/camera_info"]


def _stamp_ns(content: Any) -> int:
    stamp = content.header.stamp
    return int(stamp.sec) * 10**9 + int(stamp.nanosec)
