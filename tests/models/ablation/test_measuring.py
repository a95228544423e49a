"""Errors, shares and costs of networks whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models.ablation.hands import HandStore
from models.ablation.learning import RUNS, TABLE_1
from models.ablation.measuring import accuracy, example, frame_times_ms, multiply_adds, predict
from models.ablation.views import to_view
from tests.models.ablation.fakes import FakeRefiner, fake_frame


def test_errors_are_in_millimetres_and_the_worst_joint_decides():
    truth = np.zeros((4, 21, 3))
    found = truth.copy()
    found[0, 3, 0] = 0.05
    assert accuracy(found, truth).mean_error_mm == pytest.approx(50 / 84)
    assert accuracy(found, truth).within_40_mm == 0.75


@pytest.mark.parametrize("run", TABLE_1, ids=lambda run: run.name)
def test_a_network_that_knows_the_answers_has_no_error(tmp_path, run):
    hands = HandStore(tmp_path, fake_frame, 3, FakeRefiner(), "a").load(5)
    answers = to_view(hands.joints_cam_m, hands.centers_cam_m(run.reference), run.view).astype(np.float32)

    class Oracle(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(answers)[: len(inputs)]

    found = predict(Oracle(), {}, run, hands)
    assert np.allclose(found, hands.joints_cam_m, atol=1e-6)


def test_multiply_adds_are_those_of_the_convolution():
    network = nn.Conv2d(3, 5, 3, padding=1, bias=False)
    assert multiply_adds(network, torch.zeros(1, 3, 8, 8)) == 8 * 8 * 3 * 5 * 9


def test_voxels_cost_more_than_depth_maps_and_volumes_more_than_coordinates():
    costs = {run.name: multiply_adds(run.build(), example(run)) for run in TABLE_1}
    for output in ("coordinates", "likelihood"):
        assert costs[f"voxels-{output}"] > costs[f"depth-{output}"]
    for view in ("depth", "voxels"):
        assert costs[f"{view}-likelihood"] > costs[f"{view}-coordinates"]


def test_every_run_is_timed(monkeypatch):
    monkeypatch.setattr("models.ablation.measuring._WARM_UP", 0)
    monkeypatch.setattr("models.ablation.measuring._TIMED", 2)
    times = frame_times_ms([RUNS["depth-coordinates"], RUNS["depth-likelihood"]])
    assert set(times) == {"depth-coordinates", "depth-likelihood"}
    assert all(value > 0 for value in times.values())
