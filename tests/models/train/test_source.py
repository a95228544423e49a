"""Where batches come from: clouds become volumes, coarse ones first in a run that grows."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch

from models.networks.v2v import V2VPoseNet
from models.train import __main__ as train
from models.train.config import TrainConfig
from models.train.data import cloud_batch, pose_clouds
from models.train.source import COARSE_SHARE, SampleSource, resolution_at
from models.train.tasks import make_task
from tests.models.fakes import FakeSampler


def test_volumes_are_coarse_first_and_then_full():
    assert resolution_at(0.0, 88) == resolution_at(COARSE_SHARE - 0.01, 88) == 56
    assert resolution_at(COARSE_SHARE, 88) == resolution_at(1.0, 88) == 88


def test_the_paper_network_takes_the_coarse_volumes():
    with torch.device("meta"):
        assert V2VPoseNet().forward(torch.empty(1, 1, 56, 56, 56)).volumes.shape == (1, 21, 28, 28, 28)


@pytest.mark.parametrize("grow", [True, False])
def test_a_run_that_grows_shows_its_network_finer_volumes_as_it_goes_on(grow):
    config = TrainConfig("v2v", samples=100, batch=2, workers=0, threads=1, eval_samples=0, device="cpu", grow=grow)
    task = make_task("v2v", "best")
    source = SampleSource(config, task.data(2, 1), FakeSampler, torch.device("cpu"))
    batch = cloud_batch(
        pose_clouds(FakeSampler(1), 1, np.random.default_rng(0)), task.data(2, 1), np.random.default_rng(0)
    )
    seen = [source.prepared(batch, progress).occupancy.shape[-1] for progress in (0.0, 0.99)]
    assert seen == ([56, 88] if grow else [88, 88])


def test_networks_that_take_one_resolution_cannot_grow(capsys):
    with pytest.raises(SystemExit) as caught:
        train.main(["--model", "compact", "--out", "x", "--samples", "4", "--grow"])
    assert caught.value.code == 2
    assert "--grow goes with --model v2v" in capsys.readouterr().err


def test_a_run_that_grows_makes_its_batches_of_clouds():
    config = TrainConfig("v2v", samples=100, batch=2, workers=0, threads=1, eval_samples=0, device="cpu", grow=True)
    source = SampleSource(config, make_task("v2v", "best").data(2, 1), FakeSampler, torch.device("cpu"))
    done = iter((0.1, 0.9))
    sizes = [batch.occupancy.shape[-1] for batch in islice(source.batches(0, lambda: next(done)), 2)]
    assert sizes == [56, 88]
