"""ROS's image messages: which are depth, and what is said of those that are not."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from app.sources.ros_image import CONFIG_BYTES, is_depth, read_camera_message, read_depth_message


def image(encoding: str = "16UC1", step: int = 8, rows: int = 3) -> SimpleNamespace:
    data = np.arange(step * rows, dtype=np.uint8)
    return SimpleNamespace(encoding=encoding, width=4, height=3, step=step, data=data, is_bigendian=0)


def packed(pixels: np.ndarray) -> SimpleNamespace:
    png = cv2.imencode(".png", pixels)[1].ravel()
    data = np.concatenate([np.zeros(CONFIG_BYTES, np.uint8), png])
    return SimpleNamespace(format="16UC1; compressedDepth png", data=data)


def test_colours_are_no_depth_and_are_named():
    assert not is_depth(image("rgb8"))
    with pytest.raises(ValueError, match="its encoding is 'rgb8', expected"):
        read_depth_message(image("rgb8"))


@pytest.mark.parametrize("message", [image(step=6), image(rows=2)])
def test_an_image_that_holds_less_than_it_says_is_refused(message: SimpleNamespace):
    with pytest.raises(ValueError, match="says 4x3 pixels, but holds"):
        read_depth_message(message)


def test_a_packed_image_comes_back_and_one_of_eight_bits_is_refused():
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4) * 1000
    np.testing.assert_array_equal(read_depth_message(packed(pixels)).decode(), pixels)
    with pytest.raises(ValueError, match="expected 16-bit grey pixels, got uint8"):
        read_depth_message(packed(pixels.astype(np.uint8))).decode()


@pytest.mark.parametrize(
    ("is_rectified", "scale", "expected"), [(False, 1.0, 300.0), (True, 1.0, 310.0), (True, 0.0, 300.0)]
)
def test_processed_images_have_the_projections_camera_where_it_is_given(
    is_rectified: bool, scale: float, expected: float
):
    k = [300.0, 0, 31.5, 0, 301.0, 23.5, 0, 0, 1]
    p = [scale * value for value in (310.0, 0, 32.5, 0, 0, 311.0, 24.5, 0, 0, 0, 1, 0)]
    for names in ({"K": k, "P": p}, {"k": k, "p": p}):  # ROS 1 and ROS 2
        camera = read_camera_message(SimpleNamespace(width=64, height=48, **names), is_rectified)
        assert camera.fx == expected
        assert camera.ppx == (32.5 if expected == 310.0 else 31.5)
