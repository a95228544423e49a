"""What only the third test set has: phalanges of other lengths, and errors that no trained camera makes."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.synthetic.foreign import foreign_errors, foreign_phalanges
from models.rendering.rig import ANGLES, default_rig


def joints(phalanges=None):
    return default_rig().hand(np.zeros(10), 0.185, 1.0, phalanges).pose(np.zeros(len(ANGLES))).joints_hand_m


def bones(joints_m, finger):
    return np.linalg.norm(np.diff(joints_m[4 * finger + 1 : 4 * finger + 5], axis=0), axis=1)


def test_a_phalanx_grows_by_its_factor_and_moves_what_lies_beyond():
    longer = np.ones((5, 3))
    longer[2, 1], longer[1] = 0.8, 1.2  # middle finger's second; all of the index: the thumb comes first
    plain, grown = joints(), joints(longer)
    # the hand is scaled to its length from wrist to middle fingertip, which one factor has changed
    scale = bones(grown, 3) / bones(plain, 3)
    assert np.ptp(scale) < 1e-6
    np.testing.assert_allclose(bones(grown, 1) / bones(plain, 1) / scale, [1, 0.8, 1], atol=1e-3)
    np.testing.assert_allclose(bones(grown, 0) / bones(plain, 0) / scale, 1.2, atol=1e-3)


def test_skin_goes_with_the_phalanges():
    longer = np.ones((5, 3))
    longer[1] = 1.2
    rig = default_rig()
    reach = [rig.hand(np.zeros(10), 0.185, 1.0, lengths).pose(np.zeros(len(ANGLES))) for lengths in (None, longer)]
    tips = [posed.joints_hand_m[4] for posed in reach]
    nearest = [
        np.linalg.norm(posed.vertices_hand_m - tip, axis=1).min() for posed, tip in zip(reach, tips, strict=True)
    ]
    assert tips[1][1] > tips[0][1] + 0.01
    assert nearest[1] == pytest.approx(nearest[0], abs=0.002)


def test_lengths_differ_from_hand_to_hand_about_those_of_the_rig():
    lengths = np.stack([foreign_phalanges(np.random.default_rng(seed)) for seed in range(300)])
    assert lengths.shape == (300, 5, 3)
    assert abs(lengths.mean() - 1) < 0.02
    assert 0.05 < lengths.std() < 0.15
    assert lengths.min() > 0.7 and lengths.max() < 1.3


def test_errors_move_depth_a_little_and_leave_what_is_unmeasured():
    depth = np.full((60, 80), 0.6, dtype=np.float32)
    depth[20:40, 30:50] = 0.4
    depth[:, :10] = 0
    seen = [foreign_errors(depth, np.random.default_rng(seed)) for seed in range(40)]
    assert all(image.shape == depth.shape and image.dtype == np.float32 for image in seen)
    assert all((image[5:55, 2:5] == 0).all() for image in seen)
    middle = np.array([image[30, 40] for image in seen])
    assert middle.min() > 0.395 and middle.max() < 0.405
    assert len(np.unique(middle.round(4))) > 10


def test_some_images_have_rows_out_of_line_some_mixed_depths_and_some_neither():
    depth = np.full((60, 80), 0.6, dtype=np.float32)
    depth[20:40, 30:50] = 0.4
    seen = [foreign_errors(depth, np.random.default_rng(seed)) for seed in range(40)]
    ragged = np.array([len({int(np.argmax(row < 0.5)) for row in image[22:38]}) > 2 for image in seen])
    mixed = np.array([((image > 0.45) & (image < 0.55)).any() for image in seen])
    assert ragged.any() and mixed.any() and (~ragged & ~mixed).any()


def test_what_is_unmeasured_is_not_mixed_into_what_is_measured():
    depth = np.full((40, 40), 0.5, dtype=np.float32)
    depth[:, 20:] = 0
    seen = np.stack([foreign_errors(depth, np.random.default_rng(seed)) for seed in range(40)])
    assert seen[seen > 0].min() > 0.49
