"""Equal budgets: every run meets the same hands, changed alike, also after being stopped."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from models.ablation.hands import REFERENCES, Hands, HandStore
from models.ablation.learning import RUNS, TABLE_1, UNREFINED, AblationTask
from models.ablation.learning import input_batches as batches
from models.ablation.views import from_view, to_view
from models.train.config import TrainConfig
from models.train.data import InputBatch
from tests.models.ablation.fakes import FakeRefiner, fake_frame

CONFIG = TrainConfig("voxels-likelihood", samples=12, batch=3, lr=1e-3, workers=0, threads=1, eval_samples=0)


@pytest.fixture(scope="module")
def hands(tmp_path_factory) -> Hands:
    return HandStore(tmp_path_factory.mktemp("hands"), fake_frame, 3, FakeRefiner(), "a").load(6)


def seen(hands: Hands, run, count: int, position: int = 0) -> np.ndarray:
    """Joints of the first batches as the run has to find them: (count, B, J, 3)."""
    return np.stack([b.joints.numpy() for b in itertools.islice(batches(hands, run, CONFIG, position), count)])


def test_a_pass_shows_every_hand_once_and_the_first_as_it_is(hands):
    run = RUNS["voxels-likelihood"]
    first = seen(hands, run, 2).reshape(6, 21, 3)
    plain = to_view(hands.joints_cam_m, hands.centers_cam_m(run.reference), run.view)
    order = [int(np.abs(plain - joints).max(axis=(1, 2)).argmin()) for joints in first]
    assert sorted(order) == list(range(6))
    assert np.allclose(first, plain[order], atol=1e-6)


def test_later_passes_show_other_things(hands):
    joints = seen(hands, RUNS["voxels-likelihood"], 6).reshape(3, 6, 21, 3)
    assert not np.allclose(np.sort(joints[0], axis=0), np.sort(joints[1], axis=0), atol=1e-3)
    assert not np.allclose(np.sort(joints[1], axis=0), np.sort(joints[2], axis=0), atol=1e-3)


def test_all_runs_meet_the_same_hands_in_the_same_order(hands):
    of_runs = [seen(hands, run, 2).reshape(6, 21, 3) for run in (*TABLE_1, UNREFINED)]
    orders = []
    for run, joints in zip((*TABLE_1, UNREFINED), of_runs):
        plain = to_view(hands.joints_cam_m, hands.centers_cam_m(run.reference), run.view)
        orders.append([int(np.abs(plain - one).max(axis=(1, 2)).argmin()) for one in joints])
    assert all(order == orders[0] for order in orders)


def test_both_outputs_of_a_view_get_the_very_same_batches(hands):
    pairs = [("depth-coordinates", "depth-likelihood"), ("voxels-coordinates", "voxels-likelihood")]
    for a, b in pairs:
        for first, second in itertools.islice(zip(batches(hands, RUNS[a], CONFIG), batches(hands, RUNS[b], CONFIG)), 4):
            assert torch.equal(first.inputs, second.inputs)
            assert torch.equal(first.joints, second.joints)


def test_a_stopped_run_goes_on_with_the_batches_that_would_have_come(hands):
    run = RUNS["depth-likelihood"]
    assert np.array_equal(seen(hands, run, 5)[3:], seen(hands, run, 2, position=9))


def test_the_runs_differ_in_where_the_cubes_are(hands):
    assert UNREFINED.reference == REFERENCES[0]
    assert {run.reference for run in TABLE_1} == {REFERENCES[1]}
    assert not np.allclose(seen(hands, UNREFINED, 1), seen(hands, TABLE_1[-1], 1), atol=1e-3)


@pytest.mark.parametrize("run", TABLE_1, ids=lambda run: run.name)
def test_the_loss_grows_with_the_error_and_the_error_is_in_millimetres(run):
    truth = torch.zeros(1, 21, 3)
    batch = InputBatch(torch.zeros(1), truth)
    if run.likelihood:
        here, there = (torch.zeros(1, 21, 22, 22, 22) for _ in range(2))
        here[:, :, 10:12, 10:12, 10:12] = 50
        there[:, :, 14:16, 10:12, 10:12] = 50  # four voxels of 250 / 22 mm away
    else:
        here, there = truth, truth + torch.tensor([4 / 22, 0, 0])
    task = AblationTask(run)
    good, bad = task.loss(here, batch), task.loss(there, batch)
    assert good.total < bad.total
    assert good.error_mm == pytest.approx(0, abs=0.01)
    assert bad.error_mm == pytest.approx(4 * 250 / 22, rel=1e-3)


def test_joints_beyond_the_cube_can_be_answered_by_coordinates():
    centers = np.zeros((1, 3)) + [0, 0, 0.5]
    joints = np.full((1, 21, 3), 0.2) + [0, 0, 0.5]
    for view in ("depth map", "voxels"):
        assert np.allclose(from_view(to_view(joints, centers, view), centers, view), joints)
