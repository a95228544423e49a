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

FINE = "encoder/fine/residual/residual.0"
DEAD = [2, 3, 11]


@pytest.fixture
def with_dead_channels(network, noise, monkeypatch):
    """A network three of whose channels are never on, between the convolutions of its finest block, the smallest."""
    model = onnx.load(str(network))
    fine = next(group for group in module.groups(model.graph) if group.name == FINE)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, value in zip(fine.givers[0].input[1:], (0.0, -1.0)):
        values = numpy_helper.to_array(stored[name]).copy()
        values[DEAD] = value
        stored[name].CopyFrom(numpy_helper.from_array(values, name))
    onnx.save(model, str(network))
    every = module.groups
    monkeypatch.setattr(module, "groups", lambda graph: [group for group in every(graph) if group.name == FINE])
    monkeypatch.setattr(module, "MULTIPLE", 13)
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
    kept, [(left, addition)] = module.spared([module.Reader(weights, read.mean(axis=0), covariance)], 1e-3, 1)
    assert len(kept) == 3
    assert 1 not in kept
    assert len({3, 4} & set(kept)) == 1
    before = np.einsum("nck,ock->no", seen, weights)
    np.testing.assert_allclose(np.einsum("nck,ock->no", seen[:, kept], left) + addition, before, atol=5e-2)


def test_nothing_is_spared_that_is_needed():
    covariance = np.eye(8)
    kept, [(left, addition)] = module.spared([module.Reader(np.ones((2, 4, 2)), np.zeros(8), covariance)], 0.01, 1)
    assert kept == [0, 1, 2, 3]
    np.testing.assert_allclose(left, 1)
    np.testing.assert_allclose(addition, 0)


def test_what_one_of_two_readers_needs_is_kept_and_so_many_as_are_a_multiple():
    one, other = np.zeros((1, 6, 1)), np.zeros((1, 6, 1))
    one[0, [0, 1]] = other[0, [1, 2]] = 1
    readers = [module.Reader(weights, np.zeros(6), np.eye(6)) for weights in (one, other)]
    assert module.spared(readers, 0.01, 1)[0] == [0, 1, 2]
    kept = module.spared(readers, 0.01, 2)[0]
    assert len(kept) == 4
    assert {0, 1, 2} < set(kept)


def test_channels_that_are_added_to_one_another_go_together(network):
    graph = onnx.load(str(network)).graph
    trunk = next(group for group in module.groups(graph) if group.name == "encoder/coarse/coarse.1/residual/residual.3")
    assert [node.name.split("/", 2)[2] for node in trunk.givers] == [
        "encoder/coarse/coarse.1/residual/residual.3/Conv",
        "encoder/coarse/coarse.1/skip/skip.0/Conv",
        "encoder/coarse/coarse.2/residual/residual.3/Conv",
    ]
    assert [node.name.split("/", 2)[2] for node in trunk.readers] == [
        "encoder/coarse/coarse.2/residual/residual.0/Conv",
        "decoder/up_middle/up_middle.0/ConvTranspose",
        "side/features/features.0/Conv",
    ]
    assert "side/features/features.0" not in module.channels(graph)
    assert "decoder/head" not in module.channels(graph)


def test_a_trunk_loses_what_is_never_on_and_joints_stay(network, noise, monkeypatch):
    """Given by convolutions, a transposed one and its normalisation, read by convolutions of all kinds."""
    model = onnx.load(str(network))
    every, name = module.groups, "encoder/middle/middle.1/residual/residual.3"
    trunk = next(group for group in every(model.graph) if group.name == name)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in (*trunk.givers, *trunk.normalisations):
        last = node.op_type == "ConvTranspose"
        for place, tensor in enumerate(node.input[1:]):
            values = numpy_helper.to_array(stored[tensor]).copy()
            values.swapaxes(0, 1 if last and place == 0 else 0)[DEAD] = 0
            stored[tensor].CopyFrom(numpy_helper.from_array(values, tensor))
    onnx.save(model, str(network))
    before, size = joints(network), module.channels(model.graph)[name]
    monkeypatch.setattr(module, "groups", lambda graph: [group for group in every(graph) if group.name == name])
    monkeypatch.setattr(module, "MULTIPLE", size - len(DEAD))
    monkeypatch.setattr(module, "volumes", volumes_of_noise)
    assert module.main(["--model", str(network)]) == 0
    assert module.channels(onnx.load(str(network)).graph) == {name: size - len(DEAD)}
    np.testing.assert_allclose(joints(network), before, atol=1e-4)


def test_dead_channels_go_and_joints_stay(with_dead_channels, capsys):
    before = joints(with_dead_channels)
    card = with_dead_channels.with_suffix(".json")
    weights = json.loads(card.read_text())["parameters"]
    assert module.main(["--model", str(with_dead_channels)]) == 0
    said = capsys.readouterr().out
    assert f"{FINE}: 13 of 16 channels" in said
    assert json.loads(card.read_text())["channels"] == {FINE: 13}
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
