"""MediaPipe Hands on depth frames, with stand-ins for its networks."""

from __future__ import annotations

import numpy as np

from models.core.camera import project
from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.peers.hands import CROP, OURS, MediaPipeHands, on_surface
from models.peers.palm import MIDDLE_MCP, SIDE, WRIST, anchors
from models.peers.skin import shade

CAMERA = Camera(384, 192, 300.0, 300.0, 191.5, 95.5)


def frame(depth_mm: int = 500) -> DepthFrame:
    """A plate in the left half, nothing in the right."""
    raw = np.zeros(CAMERA.shape, np.uint16)
    raw[:, :192] = depth_mm
    return DepthFrame(raw, 0.001, CAMERA, 0, 0.0, 0.0)


def hands(presence: float = 0.9, logit: float = 5.0) -> MediaPipeHands:
    """Sees an upright palm in the image's middle; all landmarks lie in the middle of what it looks at."""
    values, logits = np.zeros((1, 2016, 18), np.float32), np.full((1, 2016, 1), -8.0, np.float32)
    middle = SIDE / 2 - anchors()[0]
    values[0, 0, :2], values[0, 0, 2:4], values[0, 0, 4:] = middle, 20, np.tile(middle, 7)
    values[0, 0, 4 + 2 * WRIST + 1] += 10
    values[0, 0, 4 + 2 * MIDDLE_MCP + 1] -= 10
    logits[0, 0] = logit
    found = MediaPipeHands.__new__(MediaPipeHands)
    points = np.full((1, 63), CROP / 2, np.float32)
    answer = [points, np.full((1, 1), presence, np.float32), np.zeros((1, 1)), points]
    found._palm, found._landmarks = (lambda image: [values, logits]), (lambda image: answer)
    return found


def test_landmarks_come_back_to_the_pixels_of_the_image():
    uv = hands().landmarks(shade(frame()))
    # The palm's box is 40 pixels of the image; the square lies half of that towards the fingers.
    np.testing.assert_allclose(uv, np.tile([191.5, 95.5 - 20], (21, 1)), atol=1e-3)


def test_without_a_palm_or_a_sure_hand_there_is_none():
    assert hands(logit=-1.0).joints(frame()) is None
    assert hands(presence=0.2).joints(frame()) is None


def test_the_thumb_comes_last_in_our_order():
    theirs = ["wrist", *(f"thumb_{part}" for part in ("cmc", "mcp", "ip", "tip"))]
    theirs += [
        f"{finger}_{part}" for finger in ("index", "middle", "ring", "little") for part in ("mcp", "pip", "dip", "tip")
    ]
    assert [theirs[place] for place in OURS] == list(HAND.joints)


def test_joints_lie_on_the_surface_and_where_nothing_is_measured_at_the_hand_s_depth():
    uv = np.array([[100.0, 90.0], [50.5, 40.0], [300.0, 90.0], [-80.0, 900.0]])
    joints = on_surface(uv, frame())
    np.testing.assert_allclose(joints[:, 2], 0.5, rtol=1e-6)
    np.testing.assert_allclose(project(joints, CAMERA), uv, atol=1e-9)


def test_a_surface_is_darker_where_it_is_tilted_and_nothing_is_black():
    image = shade(frame())
    assert image.shape == (192, 384, 3)
    assert (image[:, 200:] == 0).all()
    raw = frame().raw.copy()
    raw[:, :192] = 400 + np.arange(192)
    tilted = shade(DepthFrame(raw, 0.001, CAMERA, 0, 0.0, 0.0))
    assert 0 < tilted[96, 96].mean() < image[96, 96].mean() <= 1
