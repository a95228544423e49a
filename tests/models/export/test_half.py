"""Weights in 16 bits: half the file, the same answers, and training goes on from it."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from models.export import half as module
from models.runtime import PoseNetwork
from models.train.data import held_out
from models.train.exported import start_from_exported
from models.train.tasks import make_task
from tests.models.fakes import FakeSampler


def test_a_network_of_half_the_size_answers_as_before(network, noise, capsys):
    whole, volume = network.stat().st_size, np.zeros([PoseNetwork(network, "cpu").card.input_resolution] * 3, np.uint8)
    volume[10:20, 10:20, 10:20] = 1
    before = PoseNetwork(network, "cpu").infer(volume).joints_cube
    assert module.main(["--model", str(network)]) == 0
    assert network.stat().st_size < 0.6 * whole
    np.testing.assert_allclose(PoseNetwork(network, "cpu").infer(volume).joints_cube, before, atol=1e-3)
    assert "joints moved by 0.0" in capsys.readouterr().out


def test_training_goes_on_from_it(network, exported, noise):
    assert module.main(["--model", str(network)]) == 0
    task = make_task("compact", "best")
    batches = [task.inputs(batch) for batch in held_out(FakeSampler, task.data(16, 1), 1, 8)]
    of_whole, of_half = task.build().eval(), task.build().eval()
    of_half.load_state_dict(of_whole.state_dict())
    layers = start_from_exported(of_whole, exported["compact"], batches)
    assert start_from_exported(of_half, network, batches) == layers
    with torch.no_grad():
        for was, now in zip(of_whole(batches[0]), of_half(batches[0])):
            torch.testing.assert_close(now, was, rtol=1e-2, atol=1e-2)


def test_one_whose_joints_move_too_far_stays_as_it_was(network, noise, monkeypatch, capsys):
    before = network.read_bytes()
    monkeypatch.setattr(module, "LIMIT_MM", -1.0)
    assert module.main(["--model", str(network)]) == 1
    assert network.read_bytes() == before
    assert "the file is as it was" in capsys.readouterr().err


def test_a_weight_too_large_for_16_bits_is_one_line(network, noise, capsys):
    model = onnx.load(str(network))
    tensor = max(model.graph.initializer, key=lambda tensor: np.prod(tensor.dims))
    tensor.CopyFrom(numpy_helper.from_array(np.full(tensor.dims, 1e6, np.float32), tensor.name))
    onnx.save(model, str(network))
    assert module.main(["--model", str(network)]) == 1
    said = capsys.readouterr().err
    assert "too large for 16 bits" in said
    assert said.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path, capsys):
    assert module.main(["--model", str(tmp_path / "absent.onnx")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
