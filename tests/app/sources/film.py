"""A short film in every form that a source can have, and a stand-in for the SDK's cameras."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.run.writers import open_recorder
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.camera_controls import LABELS
from app.sources.simulator import SimulatorSource
from models.core.types import Camera, DepthFrame, Pose

CAMERA = Camera(width=64, height=48, fx=61.3, fy=60.7, ppx=31.25, ppy=23.9)
FPS = 30.0
COUNT = 9
SERIAL = "0123"


def image(index: int, camera: Camera = CAMERA) -> NDArray[np.uint16]:
    """A blob that moves before an empty background, with the smallest and the largest value in two corners."""
    v, u = np.mgrid[: camera.height, : camera.width]
    inside = np.hypot(u - 10 - 3 * (index % 12), v - camera.height / 2) < 9
    raw = np.where(inside, 400 + 7 * index + u + 3 * v, 0).astype(np.uint16)
    raw[0, 0], raw[-1, -1] = 1, 65535
    return raw


def pose(index: int) -> Pose:
    return Pose(np.full((21, 3), 0.01 * index), np.ones(21), 1.0, "right")


@dataclass(frozen=True)
class Case:
    """One kind of source over the film. make: a new source, looping or not. first_id: number of its first frame.

    played: it ends, pauses and hands out every frame; a camera does not.
    """

    kind: str
    make: Callable[[bool], Source]
    units: float
    first_id: int = 0
    played: bool = True


class BlobMovie:
    """The stand-in for the synthetic hand; no hand is in the frame every third time."""

    def __init__(self, camera: Camera, fps: float, seed: int) -> None:
        self._camera = camera

    def render(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(raw=image(index, self._camera), poses=() if index % 3 == 2 else (pose(index),))


def simulated_film() -> SimulatorSource:
    return SimulatorSource(camera=CAMERA, frames=COUNT, realtime=False, movie=BlobMovie)


def write_folder(folder: Path, count: int = COUNT, units: float = 0.000125, camera: Camera = CAMERA) -> Path:
    folder.mkdir(parents=True)
    values = {name: getattr(camera, name) for name in ("width", "height", "fx", "fy", "ppx", "ppy")}
    (folder / "camera.json").write_text(json.dumps({**values, "depth_units": units, "fps": FPS}))
    for index in range(count):
        # Names whose natural and alphabetical orders differ.
        assert cv2.imwrite(str(folder / f"{5 + index}.png"), image(index, camera))
    return folder


def read_all(source: Source) -> tuple[SourceInfo, list[DepthFrame]]:
    frames: list[DepthFrame] = []
    with source as info:
        try:
            while True:
                frame = source.read()
                assert frame is not None
                frames.append(frame)
        except EndOfStream:
            return info, frames


def record(path: Path, source: Source) -> Path:
    info, frames = read_all(source)
    recorder = open_recorder(path, info)
    for frame in frames:
        recorder.write(frame)
    recorder.close()
    return path


def read(source: Source) -> DepthFrame:
    frame = source.read()
    assert frame is not None
    return frame


def in_thread(work: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


# -- a camera without a camera ----------------------------------------------------------------------------------------


class FakeSdk:
    """As much of pyrealsense2 as a camera needs. `silent` is set once a read waits for a frame that never comes."""

    stream = SimpleNamespace(depth="depth", color="color")
    option = SimpleNamespace(**dict.fromkeys(LABELS))
    format = SimpleNamespace(z16="z16", rgb8="rgb8")
    camera_info = SimpleNamespace(serial_number="serial", name="name", usb_type_descriptor="usb")

    def __init__(self) -> None:
        self.devices = [FakeDevice(SERIAL)]
        self.frames = [image(index) for index in range(COUNT)]
        self.start_error: str | None = None
        self.silent = threading.Event()
        self.running: list[object] = []
        self.mode: tuple[object, ...] = ()

    def context(self) -> SimpleNamespace:
        return SimpleNamespace(query_devices=lambda: self.devices)

    def config(self) -> SimpleNamespace:
        def enable_stream(*mode: object) -> None:
            self.mode = mode

        return SimpleNamespace(enable_device=lambda serial: None, enable_stream=enable_stream)

    def pipeline(self, context: object) -> FakePipeline:
        return FakePipeline(self)


class FakePipeline:
    def __init__(self, sdk: FakeSdk) -> None:
        self._sdk, self._at = sdk, 0

    def start(self, config: object) -> SimpleNamespace:
        if self._sdk.start_error:
            raise RuntimeError(self._sdk.start_error)
        self._sdk.running.append(self)
        device = SimpleNamespace(
            first_depth_sensor=lambda: SimpleNamespace(
                get_depth_scale=lambda: np.float32(0.000125), supports=lambda option: False
            )
        )
        return SimpleNamespace(get_device=lambda: device, get_stream=lambda kind: FakeProfile(64, 48, 30))

    def try_wait_for_frames(self, timeout_ms: int) -> tuple[bool, object]:
        if self._at == len(self._sdk.frames):
            self._sdk.silent.set()
            return False, None
        index, self._at = self._at, self._at + 1
        depth = SimpleNamespace(
            get_data=lambda: self._sdk.frames[index],
            get_frame_number=lambda: 40 + index,
            get_timestamp=lambda: 5000 + 1000 * index / FPS,
        )
        return True, SimpleNamespace(get_depth_frame=lambda: depth)

    def stop(self) -> None:
        if self not in self._sdk.running:
            raise RuntimeError("stop() cannot be called before start()")
        self._sdk.running.remove(self)


class FakeProfile:
    def __init__(self, width: int, height: int, fps: int, stream: str = "depth", pixels: str = "z16") -> None:
        self._values = (width, height, fps, stream, pixels)

    def width(self) -> int:
        return self._values[0]

    def height(self) -> int:
        return self._values[1]

    def fps(self) -> int:
        return self._values[2]

    def stream_type(self) -> str:
        return self._values[3]

    def format(self) -> str:
        return self._values[4]

    def as_video_stream_profile(self) -> FakeProfile:
        return self

    def get_intrinsics(self) -> SimpleNamespace:
        names = ("width", "height", "fx", "fy", "ppx", "ppy")
        return SimpleNamespace(**{name: np.float32(getattr(CAMERA, name)) for name in names[2:]}, width=64, height=48)


class FakeDevice:
    def __init__(self, serial: str, profiles: list[FakeProfile] | None = None) -> None:
        self._serial = serial
        self.error: str | None = None
        self._profiles = profiles or [
            FakeProfile(1280, 720, 30),
            FakeProfile(640, 480, 30, "color", "rgb8"),
            FakeProfile(848, 480, 30),
            FakeProfile(640, 480, 90),
            FakeProfile(640, 480, 30),
        ]

    def supports(self, key: str) -> bool:
        return True

    def get_info(self, key: str) -> str:
        return {"serial": self._serial, "name": "Fake D435", "usb": "3.2"}[key]

    def query_sensors(self) -> list[SimpleNamespace]:
        if self.error:
            raise RuntimeError(self.error)
        return [SimpleNamespace(get_stream_profiles=lambda: self._profiles)]
