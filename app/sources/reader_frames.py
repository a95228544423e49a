"""Frames on their way from a reader process to the program: pixels in shared memory, the rest in a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.reader_memory import FrameRing, MemoryKey
from app.sources.simulation import POSES_KEPT
from models.core.types import DepthFrame, Pose


@dataclass(frozen=True, slots=True)
class FrameInSlot:
    """A DepthFrame whose pixels, and colours where it has some, lie in a slot of the shared memory.

    Its camera is the stream's. truth: the poses in it, where the source makes both.
    """

    slot: int
    shape: tuple[int, int]
    depth_units: float
    frame_id: int
    timestamp_ms: float
    arrival_s: float
    restarts: int
    index: int | None
    is_sought: bool
    is_damaged: bool
    has_color: bool
    truth: tuple[Pose, ...]


class FrameStore:
    """The reader process's end: keeps frames in the shared memory, whose size the first one of a stream decides."""

    def __init__(self, key: MemoryKey) -> None:
        self._key = key
        self._ring: FrameRing | None = None
        self._made_truth: Mapping[int, tuple[Pose, ...]] = {}

    def opened(self, info: SourceInfo) -> None:
        """What comes from now on are frames of this stream, whose size may be another one."""
        self._ring = None
        # That of a file has gone to the program with `info`.
        self._made_truth = info.ground_truth if info.kind == "simulator" else {}

    def keep(self, pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return self._ring_for(pixels).keep(pixels)

    def in_slot(self, frame: DepthFrame) -> FrameInSlot:
        ring = self._ring_for(frame.raw)
        slot = ring.slot_of(frame.raw)
        if frame.color is not None:
            ring.keep_color(slot, frame.color)
        return FrameInSlot(
            slot=slot,
            shape=frame.camera.shape,
            depth_units=frame.depth_units,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            restarts=frame.restarts,
            index=frame.index,
            is_sought=frame.is_sought,
            is_damaged=frame.is_damaged,
            has_color=frame.color is not None,
            truth=self._made_truth.get(frame.frame_id, ()),
        )

    def _ring_for(self, pixels: NDArray[np.uint16]) -> FrameRing:
        if self._ring is None:
            self._ring = FrameRing(self._key, (pixels.shape[0], pixels.shape[1]))
        if pixels.shape != self._ring.shape:
            height, width = self._ring.shape
            size = f"{pixels.shape[1]}x{pixels.shape[0]} pixels instead of {width}x{height}"
            raise SourceError(f"a picture of another size came, {size}; open the source again")
        return self._ring


class FrameTaker:
    """The program's end: takes the frames of one open stream out of the shared memory.

    info: what `open` gave in the other process.
    """

    def __init__(self, memory: MemoryKey, info: SourceInfo) -> None:
        # Arrays that came through a pipe can be written to; poses are made anew, and are read-only again.
        self._truth = {number: tuple(map(replace, poses)) for number, poses in info.ground_truth.items()}
        self.info = replace(info, ground_truth=self._truth)
        self._memory = memory
        self._ring: FrameRing | None = None

    def take(self, frame: FrameInSlot, restarts: int) -> DepthFrame:
        """The frame, with its own copy of the pixels. Raises OSError or ValueError once the memory is let go of."""
        ring = self._ring = self._ring or FrameRing(self._memory, frame.shape)
        if frame.truth:
            self._truth[frame.frame_id] = tuple(map(replace, frame.truth))
            self._truth.pop(frame.frame_id - POSES_KEPT, None)
        return DepthFrame(
            raw=ring.take(frame.slot),
            depth_units=frame.depth_units,
            camera=self.info.camera,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            restarts=restarts,
            index=frame.index,
            is_sought=frame.is_sought,
            is_damaged=frame.is_damaged,
            color=ring.take_color(frame.slot) if frame.has_color else None,
        )
