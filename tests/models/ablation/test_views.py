"""What networks are shown, and the coordinates they answer in."""

from __future__ import annotations

import numpy as np
import pytest

from models.ablation.hands import REFERENCES, Hands, HandStore
from models.ablation.views import UNCHANGED, from_view, shown, to_view
from models.train.augmentation import SYNTHETIC_AUGMENTATION, random_change
from tests.models.ablation.fakes import FakeRefiner, fake_frame

VIEWS = ("depth map", "voxels")


@pytest.fixture(scope="module")
def hands(tmp_path_factory) -> Hands:
    return HandStore(tmp_path_factory.mktemp("hands"), fake_frame, 3, FakeRefiner(), "a").load(6)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("reference", REFERENCES)
def test_there_and_back_is_where_it_was(hands, view, reference):
    centers = hands.centers_cam_m(reference)
    back = from_view(to_view(hands.joints_cam_m, centers, view), centers, view)
    assert np.allclose(back, hands.joints_cam_m)


def test_off_the_axis_a_depth_map_sees_a_point_elsewhere_than_the_cube_has_it():
    center, point = np.array([0.1, 0.0, 0.4]), np.array([[0.1, 0.0, 0.5]])
    assert np.allclose(to_view(point, center, "voxels"), [[0, 0, 0.4]])
    assert np.allclose(to_view(point, center, "depth map"), [[-0.02 / 0.25, 0, 0.4]])


@pytest.mark.parametrize("changed", [False, True])
def test_both_views_show_the_nearest_joint_where_its_coordinates_say(hands, changed):
    """The nearest is hidden by nothing; half a pixel of the small image and a voxel are allowed."""
    for index in range(len(hands)):
        change = random_change(np.random.default_rng(index), SYNTHETIC_AUGMENTATION) if changed else UNCHANGED
        center = hands.centers_cam_m(REFERENCES[1])[index]
        joint = hands.joints_cam_m[index][np.argmin(hands.joints_cam_m[index][:, 2])]
        x, y, z = to_view(joint[None], center, "depth map", change)[0]
        depth = shown(hands, index, center, "depth map", change)
        assert depth.shape == (1, 44, 44)
        column, row = int((x + 0.5) * 44), int((y + 0.5) * 44)
        assert depth[0, row, column] / 2 == pytest.approx(z, abs=1e-3)
        voxels = shown(hands, index, center, "voxels", change)
        assert voxels.shape == (1, 44, 44, 44)
        at = ((to_view(joint[None], center, "voxels", change)[0] + 0.5) * 44).astype(int)
        assert voxels[0, at[0] - 1 : at[0] + 2, at[1] - 1 : at[1] + 2, at[2] - 1 : at[2] + 2].any()


def test_what_is_not_within_the_cube_is_as_if_not_measured(hands):
    center = hands.centers_cam_m(REFERENCES[0])[0]
    near, far = (center + np.array([0, 0, z]) for z in (-0.3, 0.3))
    for elsewhere in (near, far):
        assert (shown(hands, 0, elsewhere, "depth map") == 1).all()
        assert not shown(hands, 0, elsewhere, "voxels").any()
