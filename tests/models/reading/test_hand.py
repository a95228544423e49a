"""One reading of a hand, with stand-ins for the network."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from models.core.joint_sd import JointSd
from models.core.skeleton import HAND, bone_sum
from models.core.types import Camera, Cube, DepthFrame
from models.core.voxels import cam_to_cube
from models.reading.hand import SECOND_LOOKS, Expectation, Look, read, read_around, read_cube, second_look
from models.reading.volume import volume_of
from models.runtime import ModelCard

# The principal point in the middle makes flipping the image the exact mirror image of the scene.
CAMERA = Camera(100, 80, 120.0, 120.0, 49.5, 39.5)
CUBE = Cube(np.array([0.0, 0.0, 0.5]), 0.24)
JOINTS = len(HAND.joints)


class Quantiles:
    """Joints are quantiles of the occupied voxels; the volume is a right hand's where more of it lies on the right."""

    device = "quantiles"

    def __init__(self, cube_of_bones: float | None = None) -> None:
        self.card = ModelCard("quantiles", "pose", "", 24, 0.24, HAND.joints, "palm", 0, {}, cube_of_bones)
        self.expected: list[np.ndarray | None] = []

    def infer(self, occupancy, expected=None):
        self.expected.append(expected)
        voxels = np.argwhere(occupancy) + 0.5
        joints = np.quantile(voxels, np.linspace(0.1, 0.7, JOINTS), axis=0) / len(occupancy) - 0.5
        right = 0.9 if (voxels[:, 0] > len(occupancy) / 2).mean() > 0.5 else 0.2
        return SimpleNamespace(joints_cube=joints, confidence=np.full(JOINTS, 0.5), right=right)


def frame(flipped: bool = False) -> DepthFrame:
    """A slanted patch right of the middle; flipped, its mirror image."""
    raw = np.zeros(CAMERA.shape, np.uint16)
    raw[30:50, 50:70] = 490 + np.arange(20)
    return DepthFrame(raw[:, ::-1] if flipped else raw, 0.001, CAMERA, 0, 0.0, 0.0)


def test_the_mirrored_scene_read_as_the_other_hand_gives_the_mirrored_joints():
    right, left = read_cube(Quantiles(), frame(), CUBE, "right"), read_cube(Quantiles(), frame(True), CUBE, "left")
    assert np.abs(right.joints_cam_m[:, 0]).max() > 0.05
    np.testing.assert_allclose(left.joints_cam_m, right.joints_cam_m * (-1, 1, 1), atol=1e-9)
    assert left.side_probability == right.side_probability == 0.9


def test_only_a_calibrated_network_tells_standard_deviations():
    network = Quantiles()
    assert read_cube(network, frame(), CUBE, "right").joint_sd_mm is None
    calibration = JointSd(np.array([0.0, 1.0]), np.array([40.0, 2.5]), np.linspace(0.5, 1.5, JOINTS), 1.5, 3.0)
    network.card = replace(network.card, joint_sd=calibration)
    reading = read_cube(network, frame(), CUBE, "right")
    np.testing.assert_allclose(reading.joint_sd_mm, 10 * calibration.joint_factors)


def test_looks_are_answered_in_order_each_for_its_side():
    network = Quantiles()
    volume = volume_of(frame(), CUBE, network.card.input_resolution)
    right, left = read(network, [Look(volume, "right"), Look(volume, "left")])
    assert (right.look.side, left.look.side) == ("right", "left")
    assert (right.side_probability, left.side_probability) == (0.9, 0.2)
    assert network.expected == [None, None]
    assert read(network, []) == []


@pytest.mark.parametrize("hand", ["right", "left"])
def test_the_network_is_told_what_is_expected_of_the_hand_and_nothing_of_its_mirror_image(hand):
    network = Quantiles()
    expectation = Expectation(np.random.default_rng(1).normal((0, 0, 0.5), 0.05, (JOINTS, 3)), 0.03, hand)
    volume = volume_of(frame(), CUBE, network.card.input_resolution)
    read(network, [Look(volume, side, expectation) for side in ("right", "left")])
    told, other = network.expected if hand == "right" else network.expected[::-1]
    assert other is None
    sign = (1, 1, 1) if hand == "right" else (-1, 1, 1)
    np.testing.assert_allclose(told[:, :3] * sign, cam_to_cube(expectation.joints_cam_m, CUBE), atol=1e-12)
    np.testing.assert_allclose(told[:, 3], 0.03 / CUBE.size_m)


def test_an_empty_cube_is_not_read():
    network = Quantiles()
    assert read_cube(network, frame(), Cube(np.array([0.0, 0.0, 1.5]), 0.24), "right") is None
    assert read_around(network, frame(), np.array([0.0, 0.0, 1.5]), "right") is None
    assert not network.expected


def test_a_network_that_knows_cubes_of_one_size_reads_once():
    network = Quantiles()
    reading = read_around(network, frame(), CUBE.center_cam_m, "right")
    assert len(network.expected) == 1
    assert reading.look.volume.cube.size_m == 0.24


def test_a_network_that_knows_cubes_in_proportion_reads_again_half_way_to_the_one_that_suits():
    network = Quantiles(cube_of_bones=0.3)
    first = read_cube(network, frame(), CUBE, "right")
    second = read_around(network, frame(), CUBE.center_cam_m, "right")
    assert len(network.expected) == 3
    suits_m = network.card.cube_m(bone_sum(first.joints_cam_m))
    assert suits_m != 0.24
    assert second.look.volume.cube.size_m == pytest.approx((0.24 + suits_m) / 2)


class Wavering(Quantiles):
    """Takes the hand for one of the other side in the first volume that it sees, and in all but one of the others."""

    def __init__(self, convinced_at: int) -> None:
        super().__init__()
        self.convinced_at = convinced_at

    def infer(self, occupancy, expected=None):
        answer = super().infer(occupancy, expected)
        answer.right = 0.9 if len(self.expected) - 1 == self.convinced_at else 0.1
        return answer


def test_a_doubtful_reading_is_read_again_and_the_most_trusted_answer_kept():
    network = Wavering(convinced_at=3)
    first = read_cube(network, frame(), CUBE, "right")
    assert first.is_doubtful
    kept = second_look(network, frame(), first)
    assert len(network.expected) == 1 + len(SECOND_LOOKS)
    shift_m, scale = SECOND_LOOKS[2]
    np.testing.assert_allclose(kept.look.volume.cube.center_cam_m, CUBE.center_cam_m + shift_m)
    assert kept.look.volume.cube.size_m == pytest.approx(scale * CUBE.size_m) and kept.side_probability == 0.9


def test_no_better_answer_leaves_the_first():
    network = Wavering(convinced_at=99)
    first = read_cube(network, frame(), CUBE, "right")
    assert second_look(network, frame(), first) is first


def test_a_reading_without_doubt_costs_no_second_look():
    for network in (Wavering(convinced_at=0), Quantiles()):
        reading = read_cube(network, frame(), CUBE, "right")
        assert second_look(network, frame(), reading) is reading
        assert len(network.expected) == 1
