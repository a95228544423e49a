"""A network's 8-bit form is kept where it reads as well as the network, and used where it was made from it."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from models.export import int8 as module
from models.runtime import PoseNetwork
from models.runtime.int8 import int8_path

pytest.importorskip("openvino")
SAMPLES = ["--samples", "2"]


@pytest.fixture
def few_volumes(monkeypatch):
    """Volumes of noise, and joints that the network answers with: as good as it gets."""
    rng = np.random.default_rng(1)

    def volumes(plain, count, seed):
        occupancy = (rng.random((count, *[plain.card.input_resolution] * 3)) < 0.02).astype(np.uint8)
        joints = np.stack([plain.infer(volume).joints_cube for volume in occupancy])
        return module.Volumes(occupancy, joints, np.full(count, 0.25))

    monkeypatch.setattr(module, "volumes", volumes)


def stand_in(monkeypatch, content: bytes) -> None:
    monkeypatch.setattr(module, "quantised", lambda *_: content)


def card(path):
    return json.loads(path.with_suffix(".json").read_text())


def test_one_that_reads_as_well_is_kept_measured_and_used(network, few_volumes, monkeypatch, capsys):
    stand_in(monkeypatch, network.read_bytes())
    assert module.main(["--model", str(network), *SAMPLES]) == 0
    assert "in float32 0.0 mm, 2 hands" in capsys.readouterr().out
    assert card(network)["int8"]["int8_error_mm"] == pytest.approx(0, abs=0.1), "bfloat16 alone moves joints"
    assert PoseNetwork(network, "openvino", precision="int8").device == "OpenVINO CPU, int8"
    assert PoseNetwork(network, "openvino").device == "OpenVINO CPU"


def test_one_that_reads_worse_leaves_nothing(network, few_volumes, monkeypatch, capsys):
    stand_in(monkeypatch, network.read_bytes())
    plain = module.error_mm
    monkeypatch.setattr(module, "error_mm", lambda net, seen: plain(net, seen) + (1.0 if "int8" in net.device else 0.0))
    assert module.main(["--model", str(network), *SAMPLES]) == 1
    assert "reads 1.0" in capsys.readouterr().err
    assert not int8_path(network).exists()
    assert card(network)["int8"] is None


@pytest.mark.parametrize("what", ["of another network", "missing", "not on the card"])
def test_a_file_that_was_not_made_from_it_is_said_and_left_out(what, network, few_volumes, monkeypatch, caplog):
    stand_in(monkeypatch, network.read_bytes())
    assert module.main(["--model", str(network), *SAMPLES]) == 0
    if what == "of another network":
        int8_path(network).write_bytes(b"something else")
    elif what == "missing":
        int8_path(network).unlink()
    else:
        network.with_suffix(".json").write_text(json.dumps({**card(network), "int8": None}))
    assert PoseNetwork(network, "openvino", precision="int8").device == "OpenVINO CPU"
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (what != "not on the card")
    assert all("make it again: python -m models.export.int8" in line for line in said)


def test_without_the_package_it_is_one_line(network, few_volumes, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nncf", None)
    assert module.main(["--model", str(network), *SAMPLES]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "pip install nncf" in said
    assert not int8_path(network).exists()


def test_a_network_that_is_not_there_is_one_line(tmp_path, capsys):
    assert module.main(["--model", str(tmp_path / "no.onnx")]) == 1
    assert "there is no such model file" in capsys.readouterr().err
