"""Convolutions near the input in 8 bits: with a range for each channel little is lost, over blocks nothing."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from models.export.blocks_of_cells import over_blocks
from models.export.channel_ranges import UNSIGNED, quantise, ranges, taken_by

CELLS = 12
RNG = np.random.default_rng(3)
OCCUPANCY = (RNG.random((1, 1, CELLS, CELLS, CELLS)) < 0.2).astype(np.uint8)


def graph(kernel: int = 4) -> onnx.ModelProto:
    """occupancy -> cast -> stem (4 channels of very different sizes) -> relu -> second -> out."""
    sizes = np.array([1, 0.1, 0.01, 10], np.float32)
    stem = RNG.normal(size=(4, 1, kernel, kernel, kernel)).astype(np.float32) * sizes[:, None, None, None, None]
    second = RNG.normal(size=(3, 4, 3, 3, 3)).astype(np.float32) / sizes[None, :, None, None, None]
    nodes = [
        helper.make_node("Cast", ["occupancy"], ["cells"], name="cast", to=onnx.TensorProto.FLOAT),
        helper.make_node("Conv", ["cells", "w0"], ["a"], name="stem", strides=[2] * 3, pads=[1] * 6),
        helper.make_node("Relu", ["a"], ["b"], name="relu"),
        helper.make_node("Conv", ["b", "w1"], ["out"], name="second", strides=[1] * 3, pads=[1] * 6),
    ]
    given = helper.make_tensor_value_info("occupancy", onnx.TensorProto.UINT8, OCCUPANCY.shape)
    out = helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [1, 3, *[CELLS // 2 - (kernel == 2)] * 3])
    weights = [numpy_helper.from_array(stem, "w0"), numpy_helper.from_array(second, "w1")]
    made = helper.make_graph(nodes, "g", [given], [out], weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def answer(model: onnx.ModelProto, occupancy=OCCUPANCY):
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"occupancy": occupancy})[0]


def lost(model: onnx.ModelProto, was) -> float:
    """How far answers are from what they were, of their own spread."""
    return float(np.sqrt(np.mean((answer(model) - was) ** 2)) / was.std())


def test_a_range_for_each_channel_loses_little_where_one_for_all_loses_much():
    was = answer(model := graph())
    (taken,) = taken_by(model, ["second"], [{"occupancy": OCCUPANCY}])
    assert taken.shape == (4, (CELLS // 2) ** 3)
    one_for_all, own = onnx.ModelProto(), onnx.ModelProto()
    one_for_all.CopyFrom(model)
    own.CopyFrom(model)
    quantise(one_for_all, "second", np.full(4, taken.max(), np.float32))
    quantise(own, "second", ranges(taken))
    assert lost(own, was) < 0.03 < 0.1 < lost(one_for_all, was)
    assert {w.name for w in own.graph.initializer} >= {"w0", "second/whole"}
    assert "w1" not in {w.name for w in own.graph.initializer}


def test_occupancy_is_taken_as_it_is():
    was = answer(model := graph())
    quantise(model, "stem", np.array([UNSIGNED], np.float32))
    assert lost(model, was) < 0.02
    assert "Mul" not in {node.op_type for node in model.graph.node}


def test_a_channel_that_is_always_nothing_has_a_range():
    ends = ranges(np.stack([np.zeros(50), np.linspace(0, 2, 50)]))
    assert ends[0] > 0
    assert ends[1] == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize("name", ["relu", "not there"])
def test_what_is_no_convolution_is_refused(name: str):
    with pytest.raises(ValueError, match="there is no convolution"):
        quantise(graph(), name, np.ones(4, np.float32))


def test_ranges_of_other_channels_are_refused():
    with pytest.raises(ValueError, match="expected ranges of 4 channels, got 3"):
        quantise(graph(), "second", np.ones(3, np.float32))


def test_over_blocks_the_answers_are_the_same():
    model, changed = graph(), onnx.ModelProto()
    changed.CopyFrom(model)
    over_blocks(changed, "stem")
    corners = []
    for place in np.ndindex(2, 2, 2):
        corners.append(np.zeros_like(OCCUPANCY))
        corners[-1][(0, 0, *(-axis for axis in place))] = 1
    for occupancy in (OCCUPANCY, *corners):
        np.testing.assert_allclose(answer(changed, occupancy), answer(model, occupancy), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "kernel"), [("stem", 2), ("second", 4)])
def test_over_blocks_goes_the_first_convolution_alone(name: str, kernel: int):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        over_blocks(graph(kernel), name)
