"""What a pose network is shown of a cube."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from models.core.types import Camera, Cube, DepthFrame
from models.reading.volume import MIN_POINTS, volume_of

CAMERA = Camera(80, 60, 100.0, 100.0, 39.5, 29.5)
CUBE = Cube(np.array([0.0, 0.0, 0.5]), 0.24)


def frame_of(pixels: int) -> DepthFrame:
    """A wall 0.5 m away that is measured in `pixels` pixels, in rows of 20 right of the middle."""
    raw = np.zeros(CAMERA.shape, np.uint16)
    raw.reshape(-1)[[(30 + k // 20) * 80 + 40 + k % 20 for k in range(pixels)]] = 500
    return DepthFrame(raw, 0.001, CAMERA, 0, 0.0, 0.0)


def test_a_volume_is_as_the_camera_sees_it():
    volume = volume_of(frame_of(MIN_POINTS), CUBE, 12)
    assert volume.points == MIN_POINTS
    assert volume.occupancy.shape == (12, 12, 12)
    assert not volume.occupancy[:6].any(), "what is seen lies on the right"
    assert volume.occupancy[6:].any()


def test_for_a_left_hand_it_is_mirrored():
    volume = volume_of(frame_of(MIN_POINTS), CUBE, 12)
    assert volume.as_right("right") is volume.occupancy
    np.testing.assert_array_equal(volume.as_right("left"), volume.occupancy[::-1])


def test_a_hand_needs_enough_measured_points():
    assert volume_of(frame_of(MIN_POINTS), CUBE, 12).shows_enough
    assert not volume_of(frame_of(MIN_POINTS - 1), CUBE, 12).shows_enough


def test_warming_up_loads_the_compiled_pass_without_numba():
    volume_of(frame_of(MIN_POINTS), CUBE, 12)  # so that its machine code is kept
    code = (
        "import sys\n"
        "from models.reading.volume import warm_up\n"
        "warm_up()\n"
        "from models.reading import voxel_pass\n"
        "assert voxel_pass._kernel.cache_info().currsize == 1\n"
        "assert sys.platform == 'win32' or 'numba' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
