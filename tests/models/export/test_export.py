"""Exports: a self-contained file, a full card, and nothing at all where ONNX and torch do not agree."""

from __future__ import annotations

import json
import shutil

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from models.core.heatmaps import gaussian_targets
from models.core.skeleton import HAND
from models.export import __main__ as export
from models.export import run as export_run
from models.export.mixing import measure_normalisations, mix_in
from models.networks.decode import decode_local_mean
from models.train.sizes import CUBE_OF_BONES
from models.train.state import load_checkpoint
from models.train.tasks import make_task
from tests.models.fakes import FakeSampler


def test_a_pose_card_says_how_the_network_was_made(exported, run_folders):
    card = json.loads(exported["compact"].with_suffix(".json").read_text())
    saved = load_checkpoint(run_folders["compact"])
    assert card["kind"] == "pose"
    assert card["architecture"] == "CompactNet"
    assert card["input_resolution"] == 44
    assert card["cube_size_m"] == 0.25
    assert card["cube_of_bones"] == CUBE_OF_BONES
    assert tuple(card["joints"]) == HAND.joints
    assert card["training_command"] == saved.config["command"]
    assert (card["seed"], card["samples_seen"]) == (1, 16)
    assert card["held_out"]["samples"] >= 8
    assert card["held_out"]["error_mm"] > 0
    assert card["torch_difference_mm"] < 0.1
    for key in ("name", "commit", "parameters", "training_minutes"):
        assert key in card


def test_a_reference_card_gives_the_crop_size_and_its_accuracies(exported):
    card = json.loads(exported["reference"].with_suffix(".json").read_text())
    assert card["kind"] == "reference"
    assert card["crop_size_m"] == 0.3
    assert 0 <= card["held_out"]["presence_accuracy"] <= 1
    assert 0 <= card["held_out"]["within_20_mm"] <= 1


def test_files_are_self_contained_and_keep_the_contract(exported):
    pose, reference = (onnx.load(exported[name]) for name in ("compact", "reference"))
    for model in (pose, reference):
        assert all(tensor.data_location != onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer)
    assert [i.name for i in pose.graph.input] == ["occupancy", "expected"]
    assert [o.name for o in pose.graph.output] == ["joints", "confidence", "right"]
    shapes = [[d.dim_value for d in i.type.tensor_type.shape.dim] for i in pose.graph.input]
    assert shapes == [[1, 1, 44, 44, 44], [1, 21, 4]]
    assert [i.name for i in reference.graph.input] == ["crops"]
    assert [o.name for o in reference.graph.output] == ["offset", "presence"]
    assert reference.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    assert sorted(path.name for path in exported["compact"].parent.iterdir()) == [
        "compact.json",
        "compact.onnx",
        "reference.json",
        "reference.onnx",
    ]


def test_a_graph_that_does_something_else_is_not_exported(run_folders, tmp_path, capsys, monkeypatch):
    write = export_run.write_onnx

    def write_disturbed(graph: nn.Module, example: tuple[Tensor, ...], path) -> None:
        write(graph, example, path)
        model = onnx.load(path)
        bias = next(tensor for tensor in model.graph.initializer if tensor.name.endswith("head.bias"))
        values = onnx.numpy_helper.to_array(bias) + 0.01
        bias.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), bias.name))
        onnx.save(model, path)

    monkeypatch.setattr(export_run, "write_onnx", write_disturbed)
    arguments = ["--run", str(run_folders["reference"]), "--out", str(tmp_path / "x.onnx"), "--eval-samples", "8"]
    assert export.main(arguments, FakeSampler) == 1
    assert "ONNX and torch differ by 3.0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_run_is_one_clear_line(tmp_path, capsys):
    assert export.main(["--run", str(tmp_path), "--out", str(tmp_path / "x.onnx")], FakeSampler) == 1
    assert "there is no checkpoint; train first" in capsys.readouterr().err


def test_local_mean_decoding_survives_the_export(tmp_path):
    class Decoder(nn.Module):
        inputs, outputs = ("volumes",), ("joints", "confidence")

        def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
            decoded = decode_local_mean(volumes)
            return decoded.joints, decoded.confidence

    rng = np.random.default_rng(3)
    volumes = [gaussian_targets(rng.uniform(-0.5, 0.5, (5, 3)), 12, 1.7)[None] for _ in range(3)]
    tensors = [(torch.from_numpy(v + rng.normal(0, 0.05, v.shape).astype(np.float32)),) for v in volumes]
    export_run.write_onnx(Decoder(), tensors[0], tmp_path / "decoder.onnx")
    assert export_run.check_agreement(Decoder(), tmp_path / "decoder.onnx", tensors, size_m=0.25) < 0.01


def test_an_output_name_without_onnx_is_refused(run_folders, tmp_path, capsys):
    assert export.main(["--run", str(run_folders["compact"]), "--out", str(tmp_path / "x.bin")], FakeSampler) == 1
    assert "ends in .onnx" in capsys.readouterr().err


def test_eval_samples_below_one_is_a_usage_error(tmp_path):
    with pytest.raises(SystemExit, match="2"):
        export.main(["--run", str(tmp_path), "--out", "x.onnx", "--eval-samples", "0"])


def test_two_runs_are_mixed_half_and_half(run_folders, tmp_path):
    first, other = tmp_path / "run", tmp_path / "other"
    for folder in (first, other):
        shutil.copytree(run_folders["compact"], folder)
    saved = load_checkpoint(other)
    name = next(iter(saved.average))
    saved.average[name] += 2.0
    saved.save(other)
    mixed = load_checkpoint(first)
    before = mixed.average[name].clone()
    mix_in(mixed, other)
    torch.testing.assert_close(mixed.average[name], before + 1.0)
    saved.average = {key: tensor[:1] for key, tensor in saved.average.items() if tensor.ndim}
    saved.save(other)
    with pytest.raises(ValueError, match="another network"):
        mix_in(mixed, other)


def test_a_mixed_network_says_so(run_folders, tmp_path, monkeypatch):
    monkeypatch.setattr("models.export.mixing._BATCHES", 2)
    run, out = str(run_folders["compact"]), tmp_path / "mixed.onnx"
    assert export.main(["--run", run, "--mix", run, "--out", str(out), "--eval-samples", "8"], FakeSampler) == 0
    assert json.loads(out.with_suffix(".json").read_text())["weights"].endswith(
        f"mean with those of {run}, normalisations measured again"
    )


def test_normalisations_are_measured_on_what_the_weights_learn_from(run_folders, monkeypatch):
    monkeypatch.setattr("models.export.mixing._BATCHES", 2)
    task = make_task("compact", "best")
    network = task.build().eval()
    network.load_state_dict(load_checkpoint(run_folders["compact"]).average)
    wrong = {name: value.clone() for name, value in network.state_dict().items()}
    for name, value in network.named_buffers():
        if name.endswith("running_mean"):
            value += 1.0
    measure_normalisations(network, task, FakeSampler, seed=1)
    assert not network.training
    measured = network.state_dict()
    weights = {name for name, _ in network.named_parameters()}
    assert all(torch.equal(measured[name], wrong[name]) for name in weights)
    first = next(name for name in measured if name.endswith("running_mean"))
    # the mean before the first normalisation is that of its convolution over the batches, whatever was there before
    again = task.build().eval()
    again.load_state_dict(wrong)
    measure_normalisations(again, task, FakeSampler, seed=1)
    torch.testing.assert_close(measured[first], again.state_dict()[first])
    assert not torch.allclose(measured[first], wrong[first])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("data", "nonsense", "its data is 'nonsense', expected one of synthetic"),
        ("model", "huge", "its model is 'huge'"),
        ("model", None, "its model is None"),
        ("recipe", "cake", "its recipe is 'cake'"),
        ("seed", "1", "its seed is '1'"),
    ],
)
def test_a_checkpoint_of_something_unknown_is_one_clear_line(run_folders, tmp_path, capsys, key, value, said):
    saved = load_checkpoint(run_folders["compact"])
    saved.config[key] = value
    saved.save(tmp_path)
    assert export.main(["--run", str(tmp_path), "--out", str(tmp_path / "x.onnx")], FakeSampler) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert str(tmp_path) in line


def test_the_weights_of_another_network_are_one_clear_line(run_folders, tmp_path, capsys):
    saved = load_checkpoint(run_folders["compact"])
    saved.average = load_checkpoint(run_folders["reference"]).average
    saved.save(tmp_path)
    assert export.main(["--run", str(tmp_path), "--out", str(tmp_path / "x.onnx")], FakeSampler) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "its weights are those of another network" in line
