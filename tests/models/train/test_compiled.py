"""The compiled network is for the full resolution; coarse volumes take the network as it is."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.train.config import TrainConfig
from models.train.loop import Compiled
from models.train.run import train
from models.train.tasks import make_task
from tests.models.fakes import FakeSampler


def test_only_inputs_of_the_full_resolution_are_compiled(monkeypatch):
    compiled = []

    def compile_stand_in(forward, dynamic):
        assert dynamic is False
        return lambda inputs: compiled.append(inputs.shape[-1]) or forward(inputs)

    monkeypatch.setattr(torch, "compile", compile_stand_in)
    network = nn.BatchNorm3d(1)
    wrapped = Compiled(network, 8)
    for size in (8, 4, 8):
        torch.testing.assert_close(wrapped(torch.ones(2, 1, size, size, size)), torch.zeros(2, 1, size, size, size))
    assert compiled == [8, 8]
    assert network.num_batches_tracked == 3, "it is one network"
    assert not wrapped.eval().network.training


def test_a_machine_that_cannot_compile_is_one_line(monkeypatch):
    def fail(_inputs):
        raise torch._dynamo.exc.TorchDynamoException("InvalidCxxCompiler: No working C++ compiler found\n\nSet ...")

    monkeypatch.setattr(torch, "compile", lambda forward, dynamic: fail)
    with pytest.raises(ValueError, match=r"cannot be compiled \(.*No working C\+\+ compiler found\); leave --compile"):
        Compiled(nn.Identity(), 8)(torch.ones(2, 1, 8, 8, 8))


def test_a_run_compiles_where_it_is_asked_to(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda forward, dynamic: forward)
    config = TrainConfig(
        "compact", samples=4, batch=4, workers=0, threads=1, eval_samples=0, device="cpu", compile=True
    )
    trainer = train(config, make_task("compact", "best"), FakeSampler, tmp_path)
    assert isinstance(trainer._wrapped, Compiled)
    assert trainer.samples == 4
