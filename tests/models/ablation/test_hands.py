"""Hands in files: what is kept of a frame, and when it is made again."""

from __future__ import annotations

import numpy as np
import pytest

from models.ablation import hands as hands_module
from models.ablation.hands import REFERENCES, HandStore, mirrored, resampled
from models.core.camera import MIRROR, depth_to_points, project
from models.core.skeleton import hand_reference_point
from models.core.types import Camera
from models.data.synthetic.samples import DEPTH_UNITS
from models.reading.refine import segmented_center
from tests.models.ablation.fakes import FakeRefiner, fake_frame


class Counting:
    """Makes frames and remembers which."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def __call__(self, index: int, seed: int):
        self.made.append(index)
        return fake_frame(index, seed)


@pytest.fixture(autouse=True)
def _small_files(monkeypatch):
    monkeypatch.setattr(hands_module, "CHUNK", 2)


def store(folder, make=fake_frame, seed=1, key="a") -> HandStore:
    return HandStore(folder, make, seed, FakeRefiner(), key)


def test_the_same_seed_gives_the_same_hands_and_another_seed_others(tmp_path):
    first, again, other = (store(tmp_path / n, seed=s).load(3) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    assert np.array_equal(first.depth, again.depth)
    assert np.array_equal(first.references_cam_m, again.references_cam_m)
    assert not np.array_equal(first.joints_cam_m, other.joints_cam_m)


def test_hands_that_are_there_are_not_made_again(tmp_path):
    first = store(tmp_path).load(5)
    make = Counting()
    again = store(tmp_path, make).load(5)
    assert make.made == []
    assert np.array_equal(first.depth, again.depth)
    assert np.array_equal(first.cameras, again.cameras)


def test_missing_and_damaged_files_alone_are_made_again(tmp_path):
    first = store(tmp_path).load(6)
    paths = sorted(tmp_path.glob("*.npz"))
    paths[0].unlink()
    paths[2].write_bytes(paths[2].read_bytes()[:-200])
    make = Counting()
    again = store(tmp_path, make).load(6)
    assert make.made == [0, 1, 4, 5]
    assert np.array_equal(first.depth, again.depth)


def test_stopping_leaves_what_is_finished(tmp_path):
    def tell(done: int) -> None:
        if done == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        store(tmp_path).load(6, tell)
    make = Counting()
    store(tmp_path, make).load(6)
    assert make.made == [2, 3, 4, 5]


def test_hands_of_another_reference_network_or_seed_are_made_again(tmp_path):
    store(tmp_path).load(2)
    for change in ({"key": "b"}, {"key": "b", "seed": 2}):
        make = Counting()
        store(tmp_path, make, **change).load(2)
        assert make.made == [0, 1]


def test_the_references_are_the_centre_of_mass_and_two_refinements_of_it(tmp_path):
    hands = store(tmp_path).load(1)
    frame = fake_frame(0, 1)
    mass = segmented_center(frame.frame, hand_reference_point(frame.joints_cam_m))
    assert np.allclose(hands.centers_cam_m(REFERENCES[0])[0], mass)
    assert np.allclose(hands.centers_cam_m(REFERENCES[1])[0], mass + 2 * np.array([0.003, 0.0, -0.002]))


def test_left_hands_come_as_right_ones(tmp_path):
    hands = store(tmp_path).load(2)
    assert np.allclose(hands.joints_cam_m[1], fake_frame(1, 1).joints_cam_m * MIRROR)


def test_a_mirrored_image_shows_the_mirrored_points():
    labelled = fake_frame(0, 1)
    other = mirrored(labelled)
    assert other.hand == "left"
    there, here = (depth_to_points(x.frame.depth_m(), x.frame.camera) for x in (other, labelled))
    assert np.allclose(np.sort(there * MIRROR, axis=0), np.sort(here, axis=0), atol=1e-6)


def test_a_small_image_shows_the_joints_where_its_camera_says():
    labelled = fake_frame(0, 1)
    raw, (fx, fy, ppx, ppy) = resampled(labelled.frame, hand_reference_point(labelled.joints_cam_m))
    camera = Camera(raw.shape[1], raw.shape[0], fx, fy, ppx, ppy)
    nearest = labelled.joints_cam_m[np.argmin(labelled.joints_cam_m[:, 2])]  # nothing hides it
    u, v = np.round(project(nearest, camera)).astype(int)
    assert raw[v, u] * DEPTH_UNITS == pytest.approx(nearest[2], abs=1e-4)


def test_frames_with_too_little_to_see_are_left_out(tmp_path):
    def make(index: int, seed: int):
        labelled = fake_frame(index, seed)
        if index != 1:
            return labelled
        dark = type(labelled.frame)(labelled.frame.raw * 0, 0.0001, labelled.frame.camera, 1, 0.0, 0.0)
        return type(labelled)(dark, labelled.joints_cam_m)

    assert len(store(tmp_path, make).load(4)) == 3
