"""What is put around hands."""

import numpy as np
import pytest

from models.data.synthetic.surroundings import sleeve, watch
from models.rendering.gestures import GESTURES
from models.rendering.rig import default_rig
from models.rendering.scene import TO_CAMERA, place_hand


@pytest.fixture(scope="module")
def hand():
    rig = default_rig()
    posed = rig.hand(np.zeros(rig.components), 0.185).pose(GESTURES["open"])
    return place_hand(posed, TO_CAMERA, np.array([0.0, 0.0, 0.5]))


def test_watches_sit_on_the_wrist_and_mostly_on_its_back(hand):
    rng = np.random.default_rng(0)
    centers = np.array([watch(hand, rng).vertices.mean(axis=0) for _ in range(200)])
    wrist = hand.joints_cam_m[0]
    offsets = centers - wrist
    forearm = (hand.elbow_cam_m - wrist) / np.linalg.norm(hand.elbow_cam_m - wrist)
    assert ((offsets @ forearm > 0.01) & (offsets @ forearm < 0.065)).all()
    # the palm faces the camera, so that the back of the wrist lies behind it
    assert 0.7 < (offsets[:, 2] > 0).mean() < 0.9
    out = offsets - (offsets @ forearm)[:, None] * forearm
    assert np.linalg.norm(out, axis=1).max() < 0.025


def test_tight_sleeves_can_be_narrower(hand):
    def narrowest(tight: bool) -> float:
        rng = np.random.default_rng(0)
        wrist, elbow = hand.joints_cam_m[0], hand.elbow_cam_m
        forearm = (elbow - wrist) / np.linalg.norm(elbow - wrist)
        radii = []
        for _ in range(50):
            vertices = sleeve(wrist, elbow, rng, tight).vertices
            offsets = vertices[np.linalg.norm(vertices - elbow, axis=1) > 0.061] - wrist  # of the cuff
            across = np.linalg.norm(offsets - (offsets @ forearm)[:, None] * forearm, axis=1)
            radii.append(across.max())
        return min(radii)

    assert narrowest(True) < 0.029 < 0.032 < narrowest(False)
