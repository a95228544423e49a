"""An animated hand drawn in depth, a source that plays it, and a tracker that knows where it is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.errors import ModelError, SourceError
from app.gui.session_types import CameraChoice, Services
from app.pipeline import Pipeline
from app.settings import BUNDLED_RECORDING, Options
from app.sources import make_source as real_source
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.folder import FolderSource
from app.sources.simulation import is_simulation
from app.tracking.result import StageTimings, TrackResult, TrackState
from models.core.camera import project
from models.core.skeleton import HAND
from models.core.types import Camera, Cube, DepthFrame, Pose
from models.reading.verdict import Verdict

CAMERA = Camera(width=320, height=240, fx=270.0, fy=270.0, ppx=159.5, ppy=119.5)
UNITS = 0.0005
PERIOD = 24
BREAKS_AFTER = 20
COLORED = "colored.bag"
"""A recording of this name is played by the real source."""
WHOLE_FILE = 24
"""Frames of a file that is exported whole."""
WRIST_M = np.array([0.0, 0.085, 0.50])
_FINGERS = (  # base relative to the wrist, and phalanges, metres; index, middle, ring, little
    ((0.026, -0.088, 0.0), (0.042, 0.025, 0.021)),
    ((0.004, -0.093, 0.0), (0.046, 0.028, 0.022)),
    ((-0.017, -0.088, 0.0), (0.042, 0.026, 0.022)),
    ((-0.036, -0.078, 0.0), (0.033, 0.020, 0.019)),
)
_THUMB = ((0.030, -0.025, -0.012), (0.058, -0.050, -0.02), (0.080, -0.068, -0.022), (0.098, -0.086, -0.022))


def joints_at(step: int) -> np.ndarray:
    """Joints (21, 3), metres, of a right hand, palm to the camera, that opens and closes every PERIOD steps."""
    phase = 0.5 - 0.5 * np.cos(2 * np.pi * step / PERIOD)
    joints = [WRIST_M]
    for finger, (base, lengths) in enumerate(_FINGERS):
        joint = WRIST_M + base
        joints.append(joint)
        sideways = 0.16 * (1.3 - finger)
        bend = 0.1 + (0.15 + 0.45 * phase) * (1.0 if finger in (2, 3) else 0.5)
        for part, length in enumerate(lengths, start=1):
            angle = bend * part
            joint = joint + length * np.array([sideways * np.cos(angle), -np.cos(angle), -np.sin(angle)])
            joints.append(joint)
    joints += [WRIST_M + np.array(part) for part in _THUMB]
    sway = np.array([0.012 * np.sin(2 * np.pi * step / PERIOD), 0.0, 0.0])
    return np.array(joints) + sway


def pose_at(step: int) -> Pose:
    joints = joints_at(step)
    confidence = 0.75 + 0.2 * np.sin(np.arange(21) + step / 5)
    return Pose(joints, confidence, 0.93, "right", Cube(joints[[0, 1, 5, 9, 13]].mean(axis=0) - (0, 0.02, 0), 0.24))


def depth_at(step: int) -> np.ndarray:
    """Depth (H, W) in metres of that hand as a chain of balls, a forearm below it and a wavy wall behind."""
    joints = joints_at(step)
    chain = [(joints[a], joints[b], 0.0085) for a, b in HAND.bones if a != 0]
    spread = np.linspace(0, 1, 7)
    knuckles = [joints[1] * (1 - t) + joints[13] * t for t in spread]
    chain += [(joints[0] + (0.02 * (0.5 - t), 0, 0), k, 0.013) for t, k in zip(spread, knuckles)]
    chain += [(joints[0], joints[17], 0.014), (joints[17], joints[18], 0.012)]
    chain.append((joints[0], joints[0] + np.array([-0.02, 0.16, 0.06]), 0.027))
    u, v = np.meshgrid(np.arange(CAMERA.width), np.arange(CAMERA.height))
    depth = 0.95 + 0.05 * np.sin(u / 25.0) + 0.04 * np.cos(v / 18.0)
    for start, end, radius in chain:
        for t in np.linspace(0, 1, 14):
            _splat(depth, start * (1 - t) + end * t, radius)
    return depth


def write_film(folder: Path, count: int) -> Path:
    """`count` frames of that hand as a folder that can be played."""
    import cv2

    folder.mkdir(parents=True)
    values = {name: getattr(CAMERA, name) for name in ("width", "height", "fx", "fy", "ppx", "ppy")}
    (folder / "camera.json").write_text(json.dumps({**values, "depth_units": UNITS, "fps": 30}))
    drawn = [np.round(depth_at(step) / UNITS).astype(np.uint16) for step in range(min(count, PERIOD))]
    for step in range(count):
        cv2.imwrite(str(folder / f"{step}.png"), drawn[step % PERIOD])
    return folder


def _splat(depth: np.ndarray, center: np.ndarray, radius: float) -> None:
    (cu, cv), reach = project(center[None], CAMERA)[0], CAMERA.fx * radius / center[2]
    u0, u1 = max(int(cu - reach), 0), min(int(cu + reach) + 2, CAMERA.width)
    v0, v1 = max(int(cv - reach), 0), min(int(cv + reach) + 2, CAMERA.height)
    if u0 >= u1 or v0 >= v1:
        return
    du = (np.arange(u0, u1) - cu)[None, :] / reach
    dv = (np.arange(v0, v1) - cv)[:, None] / reach
    hit = 1.0 - du**2 - dv**2
    front = np.where(hit > 0, center[2] - radius * np.sqrt(np.maximum(hit, 0)), np.inf)
    depth[v0:v1, u0:u1] = np.minimum(depth[v0:v1, u0:u1], front)


class HandSource(Source):
    """Plays the animated hand at 30 fps until it is closed, or `count` frames of it, unless it loops.

    The one called "broken" cannot be opened; "breaks" ends in the middle of a frame.
    """

    _drawn: dict[int, np.ndarray] = {}

    def __init__(
        self, label: str = "Animated hand", count: int | None = None, live: bool = False, path: Path | None = None
    ) -> None:
        self._label, self._count, self._live, self._path = label, count, live, path
        self._closed = threading.Event()
        self._paused = self._loops = False
        self._next = 0

    def open(self) -> SourceInfo:
        if self._label == "broken":
            raise SourceError("broken.db3: it ends in the middle of a frame; record it again")
        self._next = 0
        count = None if self._loops else self._count
        truth = {step: (pose_at(step),) for step in range(count or 0)}
        return SourceInfo("recording", self._label, self._live, 30.0, CAMERA, UNITS, count, truth, self._path)

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        ends = self._count is not None and not self._loops
        if self._closed.wait(1 / 30) or (ends and self._next >= self._count):
            raise EndOfStream
        if self._paused:
            return None
        if self._label == "breaks" and self._next == BREAKS_AFTER:
            raise SourceError("breaks.db3: it ends in the middle of a frame; record it again")
        step, self._next = self._next, self._next + 1
        raw = self._drawn.get(step % PERIOD)
        if raw is None:
            raw = self._drawn[step % PERIOD] = np.round(depth_at(step % PERIOD) / UNITS).astype(np.uint16)
        return DepthFrame(raw, UNITS, CAMERA, step, step * 1000 / 30, time.monotonic())

    def close(self) -> None:
        self._closed.set()

    def set_paused(self, paused: bool) -> None:
        self._paused = paused

    def set_loop(self, loop: bool) -> None:
        self._loops = loop

    @property
    def is_paused(self) -> bool:
        return self._paused


class KnowingTracker:
    """Answers with the pose that was drawn, or with none where `sees` is off."""

    device = "Fake CPU"

    def __init__(self, sees: bool = True) -> None:
        self.sees = sees

    def reset(self) -> None:
        pass

    def track(self, frame: DepthFrame) -> TrackResult:
        pose = pose_at(frame.frame_id) if self.sees else None
        state = TrackState.TRACKING if pose else TrackState.SEARCHING
        verdict = Verdict.TRACKED if pose else Verdict.LOST
        return TrackResult(frame.frame_id, frame.timestamp_ms, frame.arrival_s, pose, state, StageTimings(), verdict)


def fake_services(built: list[Options] | None = None, no_camera: bool = False) -> Services:
    """Sources by name: "simulate…" and COLORED are real ones;
    hand, other, short (12 frames), live, breaks, broken, missing (cannot even be made); a folder.

    The tracker goes by the options. built: takes those of every tracker that is built. The model "missing" is missing.
    no_camera: none is connected, and the bundled recording stands in.
    """

    def build_tracker(options: Options, _last: object) -> KnowingTracker:
        if built is not None:
            built.append(options)
        if options.model == "missing":
            raise ModelError("model missing: there is no such file; name an .onnx file")
        return KnowingTracker(sees=options.hand != "left")

    def make_source(name: str | None, loop: bool, speed: float) -> Source:
        if name is not None and Path(name).is_dir():
            return FolderSource(name, realtime=True, loop=loop, speed=speed)
        if name is not None and is_simulation(name):
            return real_source(name, realtime=True)
        if name is not None and Path(name).name == COLORED:
            return real_source(name, realtime=True, loop=loop)
        if name == "missing":
            raise SourceError("missing: does not exist; name a recording or a folder")
        if name is None and no_camera:
            return HandSource("Bundled", path=BUNDLED_RECORDING)
        path = Path(name) if name is not None and Path(name).suffix else None
        name = "hand" if name is None else Path(name).stem
        source = HandSource(
            "Animated hand" if name == "hand" else name, 12 if name == "short" else None, name == "live", path
        )
        source.set_loop(loop)
        return source

    def list_cameras() -> Sequence[CameraChoice]:
        return [] if no_camera else [CameraChoice("camera:0123", "Intel RealSense D435 (0123)")]

    def make_whole_source(name: str) -> Source:
        return HandSource(name, count=WHOLE_FILE)

    return Services(build_tracker, make_source, Pipeline, list_cameras, make_whole_source)
