"""Weights of the public port's layout: the same network, seen with +Y up or down; other layouts are one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.evaluate import __main__ as evaluate
from models.networks.v2v import V2VPoseNet
from models.train import __main__ as train
from models.train.port import port_name, start_from_port
from models.train.start import start_from
from models.train.state import load_checkpoint
from tests.models.data.published import write_msra

JOINTS = 3


class Named(nn.Module):
    """A module with children of the given names."""

    def __init__(self, **children: nn.Module) -> None:
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)


def basic(a: int, b: int, kernel: int) -> nn.Module:
    return Named(block=nn.Sequential(nn.Conv3d(a, b, kernel, padding=kernel // 2), nn.BatchNorm3d(b), nn.ReLU()))


def residual(a: int, b: int) -> nn.Module:
    branch = [nn.Conv3d(a, b, 3, padding=1), nn.BatchNorm3d(b), nn.ReLU(), nn.Conv3d(b, b, 3, padding=1)]
    skip = [] if a == b else [nn.Conv3d(a, b, 1), nn.BatchNorm3d(b)]
    return Named(res_branch=nn.Sequential(*branch, nn.BatchNorm3d(b)), skip_con=nn.Sequential(*skip))


def up(a: int, b: int) -> nn.Module:
    return Named(block=nn.Sequential(nn.ConvTranspose3d(a, b, 2, stride=2), nn.BatchNorm3d(b), nn.ReLU()))


def port(joints: int = JOINTS) -> nn.Module:
    """A network of the port's layout, written down from the names and sizes of its tensors."""
    inner = Named(
        encoder_res1=residual(32, 64), encoder_res2=residual(64, 128), mid_res=residual(128, 128),
        decoder_res2=residual(128, 128), decoder_upsample2=up(128, 64), decoder_res1=residual(64, 64),
        decoder_upsample1=up(64, 32), skip_res1=residual(32, 32), skip_res2=residual(64, 64),
    )  # fmt: skip
    front = [basic(1, 16, 7), nn.MaxPool3d(2), residual(16, 32), residual(32, 32), residual(32, 32)]
    back = [residual(32, 32), basic(32, 32, 1), basic(32, 32, 1)]
    network = Named(
        front_layers=nn.Sequential(*front),
        encoder_decoder=inner,
        back_layers=nn.Sequential(*back),
        output_layer=nn.Conv3d(32, joints, 1),
    )
    for name, tensor in network.state_dict().items():
        if name.endswith(("running_mean", "bias")):
            tensor.normal_(0, 0.1)
        elif name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
    return network.eval()


def run_port(network: nn.Module, volumes: Tensor) -> Tensor:
    """The paper's way through the port's layers."""

    def block(module: nn.Module, x: Tensor) -> Tensor:
        return functional.relu(module.res_branch(x) + module.skip_con(x))

    front, back, e = network.front_layers, network.back_layers, network.encoder_decoder
    x = functional.max_pool3d(front[0].block(volumes), 2)
    for layer in (front[2], front[3], front[4]):
        x = block(layer, x)
    fine = block(e.skip_res1, x)
    x = block(e.encoder_res1, functional.max_pool3d(x, 2))
    middle = block(e.skip_res2, x)
    x = block(e.encoder_res2, functional.max_pool3d(x, 2))
    x = e.decoder_upsample2.block(block(e.decoder_res2, block(e.mid_res, x))) + middle
    x = e.decoder_upsample1.block(block(e.decoder_res1, x)) + fine
    x = back[2].block(back[1].block(block(back[0], x)))
    return network.output_layer(x)


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    torch.manual_seed(0)
    return port()


@pytest.fixture
def path(theirs, tmp_path) -> Path:
    path = tmp_path / "port.pth"
    torch.save({"epoch": 3, "model_state_dict": theirs.state_dict()}, path)
    return path


def test_every_tensor_has_one_place(theirs):
    names = [port_name(name) for name in V2VPoseNet(JOINTS).state_dict()]
    assert sorted(names) == sorted(theirs.state_dict())


@pytest.mark.parametrize("y_is_up", [False, True])
@torch.no_grad()
def test_the_network_answers_as_the_port_does(theirs, path, y_is_up):
    ours = V2VPoseNet(JOINTS).eval()
    assert start_from_port(ours, path, y_is_up) == len(ours.state_dict())
    volumes = (torch.rand(1, 1, 16, 16, 16) < 0.1).float()
    answer = ours(volumes.flip(3) if y_is_up else volumes).volumes
    expected = run_port(theirs, volumes)
    torch.testing.assert_close(answer.flip(3) if y_is_up else answer, expected, rtol=1e-4, atol=1e-5)
    assert expected.std() > 0.01


@torch.no_grad()
def test_the_data_set_says_which_way_y_points(theirs, path):
    volumes = (torch.rand(1, 1, 16, 16, 16) < 0.1).float()
    expected = run_port(theirs, volumes)
    for data, up_there in (("msra", True), ("icvl", False)):
        ours = V2VPoseNet(JOINTS).eval()
        start_from(ours, path, "v2v", (), data)
        answer = ours(volumes.flip(3) if up_there else volumes).volumes
        torch.testing.assert_close(answer.flip(3) if up_there else answer, expected, rtol=1e-4, atol=1e-5)


def test_the_ports_weights_are_measured_untrained(tmp_path, capsys):
    theirs = port(joints=21)
    torch.save(theirs.state_dict(), tmp_path / "port.pth")
    write_msra(tmp_path / "data", {"P0/1": 1, "P3/1": 1})
    chosen = ["--data", "msra", "--root", str(tmp_path / "data")]
    start = ["--model", "v2v", "--init", str(tmp_path / "port.pth"), "--samples", "0", "--eval-samples", "0"]
    run = tmp_path / "run"
    assert train.main([*chosen, *start, "--workers", "0", "--threads", "1", "--device", "cpu", "--out", str(run)]) == 0
    saved, ours = load_checkpoint(run), V2VPoseNet(21)
    start_from_port(ours, tmp_path / "port.pth", y_is_up=True)
    assert saved.samples == 0
    for name, weight in ours.state_dict().items():
        torch.testing.assert_close(saved.average[name], weight, rtol=0, atol=0)
    out = tmp_path / "figures.json"
    assert evaluate.main(["--run", str(run), *chosen, "--device", "cpu", "--json", str(out)]) == 0
    assert json.loads(out.read_text())["frames"] == 1
    capsys.readouterr()
    assert train.main([*chosen, *start[:2], *start[4:], "--out", str(tmp_path / "none")]) == 1
    assert "samples: 0 keeps the weights of --init, which is missing" in capsys.readouterr().err


def test_weights_alone_and_those_of_several_gpus_are_read(theirs, tmp_path):
    for name, content in (
        ("alone.pth", theirs.state_dict()),
        ("gpus.pth", {"state_dict": {f"module.{name}": value for name, value in theirs.state_dict().items()}}),
    ):
        torch.save(content, tmp_path / name)
        assert start_from_port(V2VPoseNet(JOINTS), tmp_path / name, False) > 100


def test_other_layouts_are_one_line_with_what_was_expected_and_found(theirs, path, tmp_path):
    with pytest.raises(ValueError, match=r"port.pth, output_layer.weight: expected the shape \(21, 32.*found \(3, 32"):
        start_from_port(V2VPoseNet(21), path, False)
    torch.save({"conv1.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other.pth: .*expected 'front_layers.0.block.0.weight', found 1 others"):
        start_from_port(V2VPoseNet(JOINTS), tmp_path / "other.pth", False)
    torch.save(torch.zeros(3), tmp_path / "tensor.pth")
    with pytest.raises(ValueError, match="tensor.pth: expected weights by name, found a Tensor"):
        start_from_port(V2VPoseNet(JOINTS), tmp_path / "tensor.pth", False)
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(ValueError, match="text.pth: is not a readable file of weights"):
        start_from_port(V2VPoseNet(JOINTS), tmp_path / "text.pth", False)
    with pytest.raises(ValueError, match="only --model v2v starts from checkpoints of the public port"):
        start_from(nn.Linear(1, 1), path, "compact", ())


class Code:
    """What weights never need; unpickling it would run what the file says."""

    def __reduce__(self):
        return (print, ("run",))


def test_a_file_that_would_run_code_is_refused(tmp_path, capsys):
    torch.save({"model_state_dict": Code()}, tmp_path / "code.pth")
    with pytest.raises(ValueError, match="code.pth: is not a readable file of weights"):
        start_from_port(V2VPoseNet(JOINTS), tmp_path / "code.pth", False)
    assert "run" not in capsys.readouterr().out
