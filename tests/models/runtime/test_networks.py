"""Inference without torch: the same answers on every device, and clear errors for what cannot be used."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.core.skeleton import HAND
from models.export.graphs import make_graph
from models.export.run import write_onnx
from models.runtime import CUBE_RANGE, ModelCard, PoseNetwork, ReferenceNetwork, RuntimeModelError, load_card
from models.train.state import load_checkpoint
from models.train.tasks import make_task

DEVICES = ["cpu", *(["openvino"] if importlib.util.find_spec("openvino") else [])]


@pytest.fixture(scope="module")
def volume() -> np.ndarray:
    return (np.random.default_rng(1).random((44, 44, 44)) < 0.03).astype(np.uint8)


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(2).uniform(-1, 1, (5, 1, 48, 48)).astype(np.float32)


@pytest.mark.parametrize("device", DEVICES)
def test_poses_agree_with_torch(exported, run_folders, volume, device):
    task = make_task("compact", "best")
    network = task.build()
    network.load_state_dict(load_checkpoint(run_folders["compact"]).average)
    with torch.no_grad():
        joints, confidence, right = make_graph([network], task)(torch.from_numpy(volume)[None, None])
    estimate = PoseNetwork(exported["compact"], device).infer(volume)
    assert np.abs(estimate.joints_cube - joints[0].numpy()).max() * 250 < 0.1
    np.testing.assert_allclose(estimate.confidence, confidence[0].numpy(), atol=1e-3)
    assert estimate.right == pytest.approx(right.item(), abs=1e-3)
    assert estimate.joints_cube.dtype == estimate.confidence.dtype == np.float64


@pytest.mark.parametrize("device", DEVICES)
def test_joints_are_looked_for_where_they_are_expected(exported, volume, device):
    network = PoseNetwork(exported["compact"], device)
    place = np.random.default_rng(3).uniform(-0.3, 0.3, (21, 3))
    expected = network.infer(volume, np.column_stack([place, np.full(21, 0.15)]))
    away, before = (np.abs(e.joints_cube - place).mean() for e in (expected, network.infer(volume)))
    assert away < 0.5 * before


def test_a_network_that_takes_no_expectation_answers_as_without(exported, run_folders, tmp_path, volume):
    task = make_task("compact", "best")
    network = task.build()
    network.load_state_dict(load_checkpoint(run_folders["compact"]).average)
    write_onnx(make_graph([network], task), (torch.from_numpy(volume)[None, None],), tmp_path / "old.onnx")
    card = json.loads(exported["compact"].with_suffix(".json").read_text())
    del card["takes_expected"]
    (tmp_path / "old.json").write_text(json.dumps(card))
    old = PoseNetwork(tmp_path / "old.onnx", "cpu")
    expected = np.full((21, 4), 0.1)
    np.testing.assert_array_equal(old.infer(volume, expected).joints_cube, old.infer(volume).joints_cube)
    now = PoseNetwork(exported["compact"], "cpu").infer(volume)
    np.testing.assert_allclose(old.infer(volume).joints_cube, now.joints_cube, atol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
def test_reference_estimates_do_not_depend_on_what_else_is_in_the_batch(exported, crops, device):
    network = ReferenceNetwork(exported["reference"], device)
    together = network.infer(crops)
    assert together.offset.shape == (5, 3)
    for index in (0, 4):
        alone = network.infer(crops[index : index + 1])
        np.testing.assert_allclose(alone.offset[0], together.offset[index], atol=1e-5)
        np.testing.assert_allclose(alone.presence[0], together.presence[index], atol=1e-5)


def test_no_crops_give_no_estimates(exported, crops):
    estimate = ReferenceNetwork(exported["reference"], "cpu").infer(crops[:0])
    assert estimate.offset.shape == (0, 3)
    assert estimate.presence.shape == (0,)


@pytest.mark.parametrize("device", DEVICES)
def test_results_are_not_overwritten_by_the_next_call(exported, volume, device):
    network = PoseNetwork(exported["compact"], device, threads=1)
    first = network.infer(volume)
    kept = first.joints_cube.copy()
    network.infer(1 - volume)
    np.testing.assert_array_equal(first.joints_cube, kept)


def test_auto_takes_something_and_says_what(exported):
    assert PoseNetwork(exported["compact"]).device in ("OpenVINO CPU", "ONNX Runtime CPU", "ONNX Runtime CUDA")


def test_the_card_is_read(exported):
    card = load_card(exported["compact"])
    assert (card.name, card.kind, card.input_resolution, card.size_m) == ("compact", "pose", 44, 0.25)
    assert len(card.joints) == 21
    assert card.details["samples_seen"] == 16


def test_other_shapes_are_refused(exported, volume, crops):
    with pytest.raises(ValueError, match=r"expected shape \(44, 44, 44\), got \(44, 44, 43\)"):
        PoseNetwork(exported["compact"], "cpu").infer(volume[:, :, 1:])
    with pytest.raises(ValueError, match=r"expected shape \(21, 4\), got \(21, 3\)"):
        PoseNetwork(exported["compact"], "cpu").infer(volume, np.zeros((21, 3)))
    with pytest.raises(ValueError, match=r"expected shape \(N, 1, 48, 48\)"):
        ReferenceNetwork(exported["reference"], "cpu").infer(crops[:, :, :2])


def fails(match: str, path: Path, device: str = "cpu", network: type = PoseNetwork) -> None:
    with pytest.raises(RuntimeModelError, match=match) as caught:
        network(path, device)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or str(path.with_suffix(".json")) in str(caught.value)


def test_cubes_suit_the_hand_where_the_network_knows_such_cubes():
    plain = ModelCard("x", "pose", "X", 44, 0.25, HAND.joints, "palm", 0, {})
    suited = replace(plain, cube_of_bones=0.3)
    assert plain.cube_m(0.7) == 0.25
    assert suited.cube_m(0.7) == pytest.approx(0.21)
    smallest, largest = CUBE_RANGE
    assert (suited.cube_m(0.01), suited.cube_m(100.0)) == (0.25 * smallest, 0.25 * largest)


def test_a_missing_file_is_one_clear_line(tmp_path):
    fails("there is no such model file", tmp_path / "none.onnx")


def test_a_missing_card_is_one_clear_line(exported, tmp_path):
    shutil.copy(exported["compact"], tmp_path / "x.onnx")
    fails("model card is missing", tmp_path / "x.onnx")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"kind": "pose"}', '{"kind": 3}', "\x00\x01"])
def test_a_broken_card_is_one_clear_line(exported, tmp_path, content):
    shutil.copy(exported["compact"], tmp_path / "x.onnx")
    (tmp_path / "x.json").write_text(content)
    fails("model card", tmp_path / "x.onnx")


@pytest.mark.parametrize(
    "values",
    [
        {"cube_size_m": 0},
        {"cube_size_m": float("nan")},
        {"input_resolution": "x"},
        {"joints": []},
        {"joints": 3},
        {"reference_point": "elbow"},
        {"cube_of_bones": 0},
        {"cube_of_bones": "large"},
        {"joint_sd": 3},
        {"joint_sd": {}},
        {"joint_sd": {"confidence": [0, 1], "sd_mm": ["wide", 1]}},
    ],
)
def test_a_card_with_impossible_values_is_one_clear_line(exported, tmp_path, values):
    shutil.copy(exported["compact"], tmp_path / "x.onnx")
    card = json.loads(exported["compact"].with_suffix(".json").read_text())
    (tmp_path / "x.json").write_text(json.dumps(card | values))
    fails("is not a model card", tmp_path / "x.onnx")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("content", [b"", b"no model", "half"])
def test_a_broken_model_is_one_clear_line(exported, tmp_path, device, content):
    whole = exported["compact"].read_bytes()
    (tmp_path / "x.onnx").write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    shutil.copy(exported["compact"].with_suffix(".json"), tmp_path / "x.json")
    fails("is not a model that can be loaded", tmp_path / "x.onnx", device)


@pytest.mark.parametrize("device", DEVICES)
def test_a_file_that_is_not_what_its_card_says_is_one_clear_line(exported, tmp_path, device):
    shutil.copy(exported["reference"], tmp_path / "x.onnx")
    shutil.copy(exported["compact"].with_suffix(".json"), tmp_path / "x.json")
    fails("export the model again", tmp_path / "x.onnx", device)


def test_a_network_of_the_other_kind_is_refused(exported):
    fails("is a reference network, but a pose network is needed", exported["reference"])
    fails("is a pose network, but a reference network is needed", exported["compact"], network=ReferenceNetwork)


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_there_is_one_clear_line(exported, device, monkeypatch):
    monkeypatch.setattr("models.runtime.engines.has_nvidia_driver", lambda: False)
    with pytest.raises(RuntimeModelError, match=f"device {device}: there is no NVIDIA driver here"):
        PoseNetwork(exported["compact"], device)


def test_an_unknown_device_is_a_value_error(exported):
    with pytest.raises(ValueError, match="device: expected one of auto"):
        PoseNetwork(exported["compact"], "gpu")


def test_auto_falls_back_where_cuda_turns_out_not_to_load(exported, monkeypatch, volume):
    def fail(*_: object) -> None:
        raise RuntimeModelError("device cuda: its libraries do not load here")

    monkeypatch.setattr("models.runtime.engines.has_nvidia_driver", lambda: True)
    monkeypatch.setattr("models.runtime.engines._open_gpu", fail)
    network = PoseNetwork(exported["compact"])
    assert network.device in ("OpenVINO CPU", "ONNX Runtime CPU")
    assert network.infer(volume).joints_cube.shape == (21, 3)


def test_neither_torch_nor_a_runtime_is_imported_before_it_is_needed(exported):
    code = (
        "import sys, models.runtime as r\n"
        "assert not {'torch', 'onnxruntime', 'openvino'} & set(sys.modules), sys.modules.keys()\n"
        f"r.PoseNetwork({str(exported['compact'])!r}, 'cpu')\n"
        "assert 'torch' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("input_resolution", "3000", "input_resolution: expected 1 to 256, got 3000"),
        ("input_resolution", "1000000", "input_resolution: expected 1 to 256"),
        ("input_resolution", "Infinity", "input_resolution: expected a number, got inf"),
        ("input_resolution", "1" + 400 * "0", "input_resolution: expected a number, got 1000"),
        ("input_resolution", "1" + 5000 * "0", "is not JSON"),
        ("cube_size_m", "1e400", "cube_size_m: expected a number, got inf"),
        ("parameters", "Infinity", "parameters: expected a number, got inf"),
        ("cube_of_bones", "[1]", r"cube_of_bones: expected a number, got \[1\]"),
        ("joints", '"wrist"', "joints: expected a list of names"),
        ("details", 100000 * "[", "nested too deeply"),
    ],
)
def test_numbers_beyond_reason_on_a_card_are_one_clear_line(exported, tmp_path, key, value, said):
    shutil.copy(exported["compact"], tmp_path / "x.onnx")
    card = json.loads(exported["compact"].with_suffix(".json").read_text())
    card[key] = "HERE"
    (tmp_path / "x.json").write_text(json.dumps(card).replace('"HERE"', value))
    fails(said, tmp_path / "x.onnx")


@pytest.mark.parametrize("missing", ["kind", "name", "input_resolution", "cube_size_m", "joints"])
def test_a_card_without_a_key_names_it(exported, tmp_path, missing):
    shutil.copy(exported["compact"], tmp_path / "x.onnx")
    card = json.loads(exported["compact"].with_suffix(".json").read_text())
    del card[missing]
    (tmp_path / "x.json").write_text(json.dumps(card))
    fails(f"'{missing}' is missing", tmp_path / "x.onnx")


@pytest.mark.parametrize(
    ("joint", "confidence", "said"),
    [
        (float("nan"), 0.5, "places that are no numbers"),
        (float("inf"), 0.5, "places outside of two cubes"),
        (1.5, 0.5, "places outside of two cubes"),
        (0.1, float("nan"), "confidences that are not within 0 and 1"),
        (0.1, 1.2, "confidences that are not within 0 and 1"),
        (0.1, -0.1, "confidences that are not within 0 and 1"),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_clear_line(exported, volume, monkeypatch, joint, confidence, said):
    network = PoseNetwork(exported["compact"], "cpu")
    answer = [np.zeros((1, 21, 3), np.float32), np.full((1, 21), 0.5, np.float32), np.array([0.5], np.float32)]
    answer[0][0, 3, 1], answer[1][0, 7] = joint, confidence
    monkeypatch.setattr(network, "_run", lambda *_: answer)
    with pytest.raises(RuntimeModelError, match=said) as caught:
        network.infer(volume)
    assert str(exported["compact"]) in str(caught.value)
