"""An exported network gets today's decoding; what is learned and its answers stay."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import helper

from models.export import decoding as module
from models.runtime import PoseNetwork
from models.runtime.int8 import digest_of, int8_path


@pytest.fixture
def other_decoding(network):
    """The network as one that reads its joints in another way, which gives the same: each twice, halved."""
    model = onnx.load(str(network))
    for node in model.graph.node:
        node.output[:] = ["read" if name == "joints" else name for name in node.output]
    model.graph.node.append(helper.make_node("Mean", ["read", "read"], ["joints"], "/Mean"))
    onnx.save(model, str(network))
    return network


def operations(path) -> list[str]:
    return [node.op_type for node in onnx.load(str(path)).graph.node]


def answers(path):
    network = PoseNetwork(path, "cpu")
    volume = np.zeros([network.card.input_resolution] * 3, np.uint8)
    volume[10:20, 10:24, 12:20] = 1
    expected = np.tile(np.array([0.1, 0.0, -0.1, 0.1]), (21, 1))
    return [network.infer(volume), network.infer(volume, expected)]


def test_the_decoding_is_replaced_and_the_answers_stay(other_decoding, noise, capsys):
    before = answers(other_decoding)
    assert "Mean" in operations(other_decoding)
    assert module.main(["--model", str(other_decoding)]) == 0
    assert "joints moved by 0.000 mm" in capsys.readouterr().out
    assert "Mean" not in operations(other_decoding)
    for was, now in zip(before, answers(other_decoding)):
        np.testing.assert_allclose(now.joints_cube, was.joints_cube, atol=1e-5)
        np.testing.assert_allclose(now.confidence, was.confidence, atol=1e-5)
        assert now.right == pytest.approx(was.right, abs=1e-6)


def test_the_8_bit_form_gets_it_too_and_still_counts_as_made_from_it(other_decoding, noise):
    int8, card = int8_path(other_decoding), other_decoding.with_suffix(".json")
    int8.write_bytes(other_decoding.read_bytes())
    card.write_text(json.dumps(json.loads(card.read_text()) | {"int8": {"sha256": digest_of(int8), "samples": 7}}))
    assert module.main(["--model", str(other_decoding)]) == 0
    assert "Mean" not in operations(int8)
    assert json.loads(card.read_text())["int8"] == {"sha256": digest_of(int8), "samples": 7}


def test_a_decoding_that_moves_joints_is_not_kept(network, noise, capsys):
    model = onnx.load(str(network))
    for node in model.graph.node:
        node.output[:] = ["read" if name == "joints" else name for name in node.output]
    model.graph.node.append(helper.make_node("Sum", ["read", "read"], ["joints"], "/Sum"))
    onnx.save(model, str(network))
    before = network.read_bytes()
    assert module.main(["--model", str(network)]) == 1
    assert "the file is as it was" in capsys.readouterr().err
    assert network.read_bytes() == before


def test_a_network_without_one_volume_of_logits_is_one_line(network, noise, capsys):
    model = onnx.load(str(network))
    for node in model.graph.node:
        node.name = node.name.replace("/network/", "/graphs.0/network/")
    onnx.save(model, str(network))
    assert module.main(["--model", str(network)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
