"""The command: what it prints and what it writes into the card."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.calibrate import __main__ as command
from app.calibrate.samples import FRAMES, Sample, judged, set_frame
from app.settings import TrackerSettings
from app.tracking.tracker import Tracker
from models.data.synthetic.behind import RECIPES
from models.reading.verdict import CARD_KEY, Evidence
from tests.app.fakes import FakePoseNet, FakeReferenceNet

SAMPLES = [
    Sample(name, number // 2, name != "objects" or number % 3 > 0, Evidence(confidence, 0.9), error_mm)
    for name in FRAMES
    for number, (confidence, error_mm) in enumerate([(0.95, 4.0), (0.9, 6.0), (0.3, 70.0), (0.8, 15.0)] * 40)
    if name != "objects" or confidence < 0.5
]


@pytest.fixture
def card(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "gathered", lambda *_: SAMPLES)
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"name": "net", "kind": "pose"}))
    return path


def test_the_card_gets_the_calibration_and_keeps_the_rest(card, capsys):
    assert command.main(["--model", str(card.with_suffix(".onnx")), "--write"]) == 0
    content = json.loads(card.read_text())
    assert content["name"] == "net"
    assert set(content[CARD_KEY]) == {"bias", "confidence", "presence", "threshold"}
    assert "holds" in capsys.readouterr().out


def test_nothing_is_written_unasked(card):
    assert command.main(["--model", str(card.with_suffix(".onnx"))]) == 0
    assert CARD_KEY not in json.loads(card.read_text())


def test_what_cannot_be_calibrated_is_one_line(capsys):
    assert command.main(["--model", "missing.onnx"]) == 1
    assert capsys.readouterr().err.startswith("app.calibrate: model missing.onnx: there is no such file")


@pytest.mark.parametrize("name", FRAMES)
def test_each_set_has_its_frames_in_pairs(name):
    right, left = set_frame(name, 0), set_frame(name, 1)
    assert (right.hand, left.hand) == ("right", "left")


def test_the_recipes_of_hands_seen_from_behind_come_in_turn():
    assert [set_frame("behind", index).group for index in range(0, 6, 2)] == list(RECIPES)[:3]


def test_a_frame_is_judged_by_its_mean_joint_error():
    tracker = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings())
    labelled = set_frame("foreign", 0)
    sample = judged(tracker, "foreign", 21, labelled)
    assert (sample.scene, sample.shows_hand) == (10, True)
    assert sample.evidence is None or np.isfinite(sample.error_mm)
