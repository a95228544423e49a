"""Stand-ins for cameras and networks: a drawn hand, networks that follow it, and a source that plays a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from app.errors import SourceError
from app.sources.base import EndOfStream, Source, SourceInfo
from app.tracking.fit.result import FitVerdict, HandFit, HandShape
from app.tracking.out_of_range import OutOfRange
from app.tracking.result import StageTimings, TrackResult, TrackState
from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame, Pose
from models.reading.verdict import Verdict
from models.runtime import ModelCard

# The principal point in the middle makes flipping the image the exact mirror image of the scene.
CAMERA = Camera(width=320, height=240, fx=230.0, fy=230.0, ppx=159.5, ppy=119.5)
JOINTS = 21


def frame_of(depth_m: np.ndarray, frame_id: int = 1, camera: Camera = CAMERA, units: float = 0.0005) -> DepthFrame:
    raw = np.round(depth_m / units).astype(np.uint16)
    return DepthFrame(raw, units, camera, frame_id, 1000 / 30 * frame_id, 0.0)


def hand_depth(center_m: tuple[float, float, float], camera: Camera = CAMERA, arm: bool = True) -> np.ndarray:
    """Depth (H, W) in metres of a flat hand around `center_m`: palm, five fingers (thumb at -X), forearm towards +Y."""
    x0, y0, z = center_m
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    x, y = (u - camera.ppx) * z / camera.fx - x0, (v - camera.ppy) * z / camera.fy - y0
    mask = (np.abs(x) < 0.042) & (np.abs(y) < 0.045)
    for k, length in enumerate((0.06, 0.075, 0.07, 0.055)):
        mask |= (np.abs(x - (-0.033 + 0.022 * k)) < 0.008) & (y <= 0) & (y > -0.045 - length)
    mask |= (np.abs(y - 0.01) < 0.01) & (x <= 0) & (x > -0.085)
    if arm:
        mask |= (np.abs(x) < 0.03) & (y >= 0) & (y < 0.25)
    return np.where(mask, z, 0.0)


def hand_frame(center_m: tuple[float, float, float] = (0.0, 0.0, 0.5), frame_id: int = 1) -> DepthFrame:
    return frame_of(hand_depth(center_m), frame_id)


def empty_frame(frame_id: int = 1) -> DepthFrame:
    return frame_of(np.zeros(CAMERA.shape), frame_id)


class FakePoseNet:
    """Joints are quantiles of the occupied voxels: they move with the volume, and its mirror image gives others.

    hand: the side of every hand that it sees. It knows volumes from mirrored ones by asking twice: the first of two
    volumes that are each other's mirror image, and every volume alone, is as the camera sees it. None: it does not say.
    """

    def __init__(
        self,
        confidence: float = 0.9,
        hand: str | None = "right",
        reference_point: str = "palm",
        cube_of_bones: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.card = ModelCard(
            "fake", "pose", "Fake", 48, 0.24, HAND.joints, reference_point, 0, details or {}, cube_of_bones
        )
        self.device = "fake"
        self.confidence, self.hand = confidence, hand
        self.volumes: list[np.ndarray] = []
        self.expected: list[np.ndarray | None] = []

    def infer(self, occupancy: np.ndarray, expected: np.ndarray | None = None) -> SimpleNamespace:
        self.expected.append(expected)
        again = bool(self.volumes) and np.array_equal(self.volumes[-1][::-1], occupancy)
        self.volumes.append(occupancy)
        voxels = np.argwhere(occupancy) + 0.5
        quantiles = np.linspace(0.1, 0.7, JOINTS)
        joints = np.quantile(voxels, quantiles, axis=0) / len(occupancy) - 0.5
        right = None if self.hand is None else 0.95 if (self.hand == "right") != again else 0.05
        return SimpleNamespace(joints_cube=joints, confidence=np.full(JOINTS, self.confidence), right=right)


class FakeReferenceNet:
    """Offsets towards the middle of what the crops show; presence says whether they show enough."""

    def __init__(self, presence: float | None = None) -> None:
        self.card = SimpleNamespace(name="fake", input_resolution=48, size_m=0.3)
        self.presence = presence
        self.batches: list[int] = []

    def infer(self, crops: np.ndarray) -> SimpleNamespace:
        self.batches.append(len(crops))
        offsets, presence = np.zeros((len(crops), 3)), np.zeros(len(crops))
        for index, crop in enumerate(crops[:, 0]):
            rows, columns = np.nonzero(crop < 0.9)
            if len(rows):
                middle = (np.array([columns.mean(), rows.mean()]) + 0.5) / crop.shape[0] - 0.5
                offsets[index] = (*middle, 0.5 * crop[rows, columns].mean())
            presence[index] = min(len(rows) / 400, 1.0) if self.presence is None else self.presence
        return SimpleNamespace(offset=offsets, presence=presence)


@dataclass
class Wait:
    """A step of a FakeSource's script: block until `event` is set (or the source is closed)."""

    event: threading.Event


Step = DepthFrame | Exception | Wait | None


class FakeSource(Source):
    """Plays a script: frames and None are returned, exceptions raised, Waits waited for; then the end of the stream.

    opens: what each `open` does, in order: an exception to raise, or None to succeed; success after the last.
    """

    def __init__(
        self,
        script: Iterable[Step] = (),
        is_live: bool = False,
        opens: Iterable[Exception | None] = (),
        truth: dict[int, Pose] | None = None,
        frame_count: int | None = None,
        endless: Callable[[int], DepthFrame] | None = None,
    ) -> None:
        self._script, self._opens = list(script), list(opens)
        self._info = SourceInfo(
            "camera" if is_live else "folder",
            "a fake",
            is_live,
            30.0,
            CAMERA,
            0.0005,
            frame_count,
            {number: (pose,) for number, pose in (truth or {}).items()},
        )
        self._endless = endless
        self._closed = threading.Event()
        self._paused = False
        self.reads = self.opened = self.closed = 0

    def open(self) -> SourceInfo:
        self._closed.clear()
        self.opened += 1
        failure = self._opens.pop(0) if self._opens else None
        if failure is not None:
            raise failure
        return self._info

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        self.reads += 1
        while True:
            if self._closed.is_set():
                raise EndOfStream
            if not self._script:
                if self._endless is None:
                    raise EndOfStream
                self._closed.wait(0.001)
                return self._endless(self.reads)
            step = self._script.pop(0)
            if isinstance(step, Wait):
                while not step.event.wait(0.005) and not self._closed.is_set():
                    pass
                continue
            if isinstance(step, Exception):
                raise step
            return step

    def close(self) -> None:
        self.closed += 1
        self._closed.set()

    def set_paused(self, paused: bool) -> None:
        self._paused = paused

    @property
    def is_paused(self) -> bool:
        return self._paused


class FakeTracker:
    """Finds the same pose in every frame with depth in it; `fail` is raised instead where given."""

    device = model = "fake"

    def __init__(self, fail: Exception | None = None, gate: threading.Event | None = None) -> None:
        self._fail, self._gate = fail, gate
        self.frame_ids: list[int] = []
        self.resets = 0
        self.started = threading.Event()

    def track(self, frame: DepthFrame) -> TrackResult:
        self.started.set()
        if self._gate is not None:
            self._gate.wait(10)
        if self._fail is not None:
            raise self._fail
        self.frame_ids.append(frame.frame_id)
        return result_of(frame, pose() if frame.raw.any() else None)

    def reset(self) -> None:
        self.resets += 1


def pose(offset_m: float = 0.0, hand: str = "right", seed: int = 3) -> Pose:
    """A made-up pose half a metre in front of the camera."""
    joints = np.random.default_rng(seed).normal((0, 0, 0.5), 0.04, (JOINTS, 3)) + offset_m
    return Pose(joints, np.full(JOINTS, 0.8), 0.8, "left" if hand == "left" else "right")


def fit_result(**changes: Any) -> HandFit:
    """A made-up fit: a mesh of four points, all arrays zero but for `changes`."""
    values = {
        "vertices_cam_m": np.zeros((4, 3)),
        "faces": np.zeros((2, 3), int),
        "joints_cam_m": np.zeros((JOINTS, 3)),
        "angles_rad": np.zeros(24),
        "turns": np.zeros((JOINTS, 3, 3)),
        "shape": HandShape(1.0, np.ones((5, 3)), np.ones(5)),
        "verdict": FitVerdict.SHOWN,
    }
    return HandFit(**(values | changes))


def result_of(
    frame: DepthFrame, found: Pose | None, out_of_range: OutOfRange | None = None, unsure: bool = False
) -> TrackResult:
    state = TrackState.TRACKING if found else TrackState.SEARCHING
    timings = StageTimings(0.0, 1.0, 0.5, 4.0, 6.0)
    verdict = (Verdict.UNSURE if unsure else Verdict.TRACKED) if found else Verdict.LOST
    return TrackResult(
        frame.frame_id, frame.timestamp_ms, frame.arrival_s, found, state, timings, verdict, out_of_range=out_of_range
    )


def source_error() -> SourceError:
    return SourceError("the fake cannot be read; use a real one")
