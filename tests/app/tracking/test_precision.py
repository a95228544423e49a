"""The precision is measured once on each processor, kept, and never one that moves joints; with stand-in networks."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from app.tracking import precision as module
from app.tracking.precision import MOST_MOVED_MM, opened
from tests.app.fakes import FakePoseNet


class Machine:
    """Networks whose inference takes a time of its own on a clock that stands still otherwise."""

    def __init__(self, spent_s: dict[str, float], moved_mm: float = 0.0, device: str = "OpenVINO CPU") -> None:
        self.spent_s, self.moved_mm, self.device, self.now_s = spent_s, moved_mm, device, 0.0
        self.opened: list[str] = []

    def open(self, precision: str) -> FakePoseNet:
        net = FakePoseNet()
        self.opened.append(precision)
        is_plain = precision == "f32" or precision not in self.spent_s
        net.device = self.device if is_plain else f"{self.device}, {precision}"
        plain = net.infer

        def infer(occupancy: np.ndarray, expected: np.ndarray | None = None) -> SimpleNamespace:
            self.now_s += self.spent_s[precision]
            answer = plain(occupancy, expected)
            if not is_plain:
                answer.joints_cube = answer.joints_cube + [self.moved_mm / 250, 0, 0]
            return answer

        net.infer = infer
        return net


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The file in which choices are kept."""
    monkeypatch.setattr(module, "_kept_path", lambda: tmp_path / "new" / "precision.json")
    monkeypatch.setattr(module, "openvino_precisions", lambda: ("f32", "bf16", "int8"))
    monkeypatch.setattr(module, "processor_name", lambda: "a processor")
    return tmp_path / "new" / "precision.json"


def start(machine: Machine, monkeypatch: pytest.MonkeyPatch, asked: str = "auto", network: str = "compact") -> str:
    """What the network runs on after a start of the program."""
    monkeypatch.setattr(module.time, "perf_counter", lambda: machine.now_s)
    return opened(asked, network, machine.open).device


@pytest.mark.parametrize(
    ("spent_s", "moved_mm", "taken"),
    [
        ({"f32": 0.015, "bf16": 0.009}, 0.0, "OpenVINO CPU, bf16"),
        ({"f32": 0.015, "bf16": 0.009}, 0.9 * MOST_MOVED_MM, "OpenVINO CPU, bf16"),
        ({"f32": 0.015, "bf16": 0.009}, 1.1 * MOST_MOVED_MM, "OpenVINO CPU"),
        ({"f32": 0.015, "bf16": 0.0149}, 0.0, "OpenVINO CPU"),
        ({"f32": 0.015, "bf16": 0.009, "int8": 0.006}, 0.0, "OpenVINO CPU, int8"),
        ({"f32": 0.015, "bf16": 0.009, "int8": 0.012}, 0.0, "OpenVINO CPU, bf16"),
        ({"f32": 0.015, "bf16": 0.039}, 0.0, "OpenVINO CPU"),
    ],
)
def test_the_fastest_that_leaves_joints_in_place_is_taken(monkeypatch, spent_s, moved_mm, taken):
    assert start(Machine(spent_s, moved_mm), monkeypatch) == taken


def test_it_is_measured_at_the_first_start_only(monkeypatch, kept):
    first = Machine({"f32": 0.015, "bf16": 0.009})
    assert start(first, monkeypatch) == "OpenVINO CPU, bf16"
    assert first.now_s >= module.MEASURE_S
    later = Machine({"f32": 0.009, "bf16": 0.015})
    assert start(later, monkeypatch) == "OpenVINO CPU, bf16"
    assert (later.opened, later.now_s) == (["bf16"], 0)
    assert json.loads(kept.read_text()) == {"a processor: compact": "bf16"}


def test_another_processor_and_another_network_are_measured_anew(monkeypatch, kept):
    start(Machine({"f32": 0.015, "bf16": 0.009}), monkeypatch)
    assert start(Machine({"f32": 0.009, "bf16": 0.015}), monkeypatch, network="v2v") == "OpenVINO CPU"
    monkeypatch.setattr(module, "processor_name", lambda: "another")
    assert start(Machine({"f32": 0.009, "bf16": 0.015}), monkeypatch) == "OpenVINO CPU"
    assert len(json.loads(kept.read_text())) == 3


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a processor: compact": 3}', '{"a processor: compact": "int3"}'])
def test_a_file_that_was_broken_is_made_anew(monkeypatch, kept, content):
    kept.parent.mkdir()
    kept.write_text(content)
    assert start(Machine({"f32": 0.015, "bf16": 0.009}), monkeypatch) == "OpenVINO CPU, bf16"
    assert json.loads(kept.read_text())["a processor: compact"] == "bf16"


def test_where_nothing_can_be_kept_it_works_all_the_same(monkeypatch, kept):
    kept.parent.write_text("a file where the folder should be")
    assert start(Machine({"f32": 0.015, "bf16": 0.009}), monkeypatch) == "OpenVINO CPU, bf16"


def test_without_a_choice_nothing_is_measured_or_written(monkeypatch, kept):
    monkeypatch.setattr(module, "openvino_precisions", lambda: ("f32",))
    machine = Machine({"f32": 0.015})
    assert start(machine, monkeypatch) == "OpenVINO CPU"
    assert (machine.opened, machine.now_s, kept.exists()) == (["f32"], 0, False)


def test_a_precision_that_no_file_has_is_not_measured(monkeypatch, kept):
    machine = Machine({"f32": 0.015})
    assert start(machine, monkeypatch) == "OpenVINO CPU"
    assert machine.now_s == 0
    assert json.loads(kept.read_text()) == {"a processor: compact": "f32"}


def test_other_devices_are_left_as_they_are(monkeypatch, kept):
    machine = Machine({"f32": 0.015, "bf16": 0.009}, device="ONNX Runtime CUDA")
    assert start(machine, monkeypatch) == "ONNX Runtime CUDA"
    assert (machine.opened, kept.exists()) == (["f32"], False)


def test_what_is_asked_for_is_taken_unmeasured(monkeypatch, kept):
    machine = Machine({"f32": 0.009, "bf16": 0.015})
    assert start(machine, monkeypatch, "bf16") == "OpenVINO CPU, bf16"
    assert start(machine, monkeypatch, "f32") == "OpenVINO CPU"
    assert (machine.now_s, kept.exists()) == (0, False)


def test_a_precision_that_is_not_there_is_said_once_and_tracking_goes_on(monkeypatch, caplog):
    assert start(Machine({"f32": 0.015}), monkeypatch, "bf16") == "OpenVINO CPU"
    (record,) = caplog.records
    assert "precision bf16: OpenVINO CPU does not have it; the network runs in float32" in record.getMessage()
