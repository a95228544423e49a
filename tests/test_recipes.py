"""The code in docs/architecture.md does what the page says: a new camera."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from app.sources.base import EndOfStream, Source
from models.core.types import Camera

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
CAMERA = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
UNITS = 0.001


def recipe(path: str) -> ModuleType:
    """The module that the page shows for a path, as if it had been written there."""
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(rf"^```python\n# {re.escape(path)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    module = ModuleType(path.removesuffix(".py").replace("/", "."))
    exec(compile(code, path, "exec"), module.__dict__)
    return module


class FakePipeline:
    """A camera that sends one frame to `open` and one to `read`, then nothing."""

    def __init__(self) -> None:
        self.frames = [7, 8]
        self.stopped = False

    def get_stream_profile_list(self, _sensor):
        k = SimpleNamespace(width=CAMERA.width, height=CAMERA.height, fx=60.0, fy=60.0, cx=31.5, cy=23.5)
        profile = SimpleNamespace(get_intrinsic=lambda: k, get_fps=lambda: 30)
        return SimpleNamespace(get_default_video_stream_profile=lambda: profile)

    def start(self, _config):
        pass

    def stop(self):
        self.stopped = True

    def wait_for_frames(self, _timeout_ms):
        if not self.frames:
            return None
        number = self.frames.pop(0)
        depth = SimpleNamespace(
            get_depth_scale=lambda: 1000 * UNITS,
            get_data=lambda: np.full(CAMERA.shape, number, np.uint16).tobytes(),
            get_index=lambda: number,
            get_timestamp=lambda: 33.3 * number,
        )
        return SimpleNamespace(get_depth_frame=lambda: depth)


def test_the_camera_of_the_recipe_is_a_source(monkeypatch: pytest.MonkeyPatch):
    sdk = ModuleType("pyorbbecsdk")
    sdk.Pipeline = FakePipeline
    sdk.OBSensorType = SimpleNamespace(DEPTH_SENSOR="depth")
    sdk.Config = lambda: SimpleNamespace(enable_stream=lambda _profile: None)
    monkeypatch.setitem(sys.modules, "pyorbbecsdk", sdk)
    source = recipe("app/sources/orbbec.py").OrbbecSource()
    assert isinstance(source, Source)
    source.close()
    info = source.open()
    frame = source.read()
    assert (info.camera, info.depth_units) == (CAMERA, UNITS)
    assert (frame.frame_id, frame.raw[0, 0]) == (8, 8)
    source.close()
    with pytest.raises(EndOfStream):
        source.read()
