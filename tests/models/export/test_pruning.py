"""Channels that a network does without are taken out; its answers stay, and training goes on from it."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from models.export import pruning as module
from models.runtime import PoseNetwork
from models.train.data import held_out
from models.train.exported import start_from_exported
from models.train.tasks import make_task
from tests.models.export.conftest import volumes_of_noise
from tests.models.fakes import FakeSampler

FINE = "/network/encoder/fine"
DEAD = [2, 3, 11]


@pytest.fixture
def with_dead_channels(network, noise, monkeypatch):
    """A network three of whose channels are never on, and only its finest block is looked at, which is the smallest."""
    model = onnx.load(str(network))
    (fine,) = (block for block in module.blocks(model.graph) if block.first.name.startswith(FINE))
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, value in zip(fine.first.input[1:], (0.0, -1.0)):
        values = numpy_helper.to_array(stored[name]).copy()
        values[DEAD] = value
        stored[name].CopyFrom(numpy_helper.from_array(values, name))
    onnx.save(model, str(network))
    every = module.blocks
    monkeypatch.setattr(module, "blocks", lambda g: [b for b in every(g) if b.first.name.startswith(FINE)])
    monkeypatch.setattr(module, "volumes", volumes_of_noise)
    return network


def joints(path):
    network = PoseNetwork(path, "cpu")
    return network.infer(volumes_of_noise(network, 1, 5).occupancy[0]).joints_cube


def test_channels_that_say_nothing_of_their_own_are_spared_and_the_answers_stay():
    rng = np.random.default_rng(3)
    seen = rng.normal(size=(500, 5, 2)) + 1
    seen[:, 1] = 0  # dead
    seen[:, 3] = 2 * seen[:, 4] + 1  # says what another says
    read, weights = seen.reshape(500, -1), rng.normal(size=(3, 5, 2))
    covariance = np.cov(read, rowvar=False, bias=True)
    kept, left, addition = module.spared(weights, read.mean(axis=0), covariance, 1e-3)
    assert len(kept) == 3
    assert 1 not in kept
    assert len({3, 4} & set(kept)) == 1
    before = np.einsum("nck,ock->no", seen, weights)
    np.testing.assert_allclose(np.einsum("nck,ock->no", seen[:, kept], left) + addition, before, atol=5e-2)


def test_nothing_is_spared_that_is_needed():
    covariance = np.eye(8)
    kept, left, addition = module.spared(np.ones((2, 4, 2)), np.zeros(8), covariance, 0.01)
    assert kept == [0, 1, 2, 3]
    np.testing.assert_allclose(left, 1)
    np.testing.assert_allclose(addition, 0)


def test_dead_channels_go_and_joints_stay(with_dead_channels, capsys):
    before = joints(with_dead_channels)
    card = with_dead_channels.with_suffix(".json")
    weights = json.loads(card.read_text())["parameters"]
    assert module.main(["--model", str(with_dead_channels)]) == 0
    said = capsys.readouterr().out
    assert "encoder/fine: 13 of 16 channels" in said
    assert json.loads(card.read_text())["block_channels"] == {"encoder/fine": 13}
    assert weights - json.loads(card.read_text())["parameters"] == len(DEAD) * (16 * 27 + 1 + 16 * 27)
    assert "joints moved by 0.00" in said
    np.testing.assert_allclose(joints(with_dead_channels), before, atol=1e-4)


def test_its_8_bit_form_counts_no_longer(with_dead_channels):
    card = with_dead_channels.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"int8": {"sha256": "that of the network before"}}))
    assert module.main(["--model", str(with_dead_channels)]) == 0
    assert json.loads(card.read_text())["int8"] is None


def test_training_goes_on_from_it(with_dead_channels):
    assert module.main(["--model", str(with_dead_channels)]) == 0
    task = make_task("compact", "best")
    batches = [task.inputs(batch) for batch in held_out(FakeSampler, task.data(16, 1), 1, 8)]
    network = task.build().eval()
    start_from_exported(network, with_dead_channels, batches)
    with torch.no_grad():
        found = task.decode(network(batches[0])).joints[0].numpy()
    given = batches[0][0, 0].numpy().astype(np.uint8)
    np.testing.assert_allclose(found, PoseNetwork(with_dead_channels, "cpu").infer(given).joints_cube, atol=1e-3)
