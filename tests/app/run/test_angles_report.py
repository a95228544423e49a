"""The goniometer: what a joint went through is on the page, and single wrong frames are not."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from app.errors import ExportError
from app.run.angles_page import MARK, page
from app.run.angles_report import FEWEST_FRAMES, AnglesReport
from models.core.camera import MIRROR
from models.core.types import Pose
from models.rendering.gestures import GESTURES
from models.rendering.rig import ANGLE, default_rig
from tests.app.fakes import hand_frame, result_of

SD_MM = 3.0


@pytest.fixture(scope="module")
def hand():
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), 0.185)


def pose(hand, pip_deg, side="right", calibrated=True):
    angles = GESTURES["open"].copy()
    angles[ANGLE["index_pip"]] = np.radians(pip_deg)
    joints = hand.pose(angles).joints_hand_m * (MIRROR if side == "left" else 1)
    return Pose(joints, np.ones(21), 1.0, side, joint_sd_mm=np.full(21, SD_MM) if calibrated else None)


def report(path, results):
    with closing(AnglesReport(path, "a film")) as written:
        for number, (found, unsure) in enumerate(results):
            frame = hand_frame(frame_id=number)
            written.write(result_of(frame, found, unsure=True) if unsure else result_of(frame, found))
    return written


def range_of(written, name="index_pip_flexion"):
    (hand,) = written.curves()
    return next(joint for joint in hand.ranges() if joint.name == name)


def test_the_range_is_what_the_joint_went_through(tmp_path, hand):
    bends = np.concatenate([np.full(10, 10.0), np.linspace(10, 90, 40), np.full(10, 90.0)])
    joint = range_of(report(tmp_path / "a.html", [(pose(hand, bend), False) for bend in bends]))
    assert (joint.low, joint.high) == (pytest.approx(10, abs=1), pytest.approx(90, abs=1))
    assert joint.median == pytest.approx(50, abs=3)
    assert 5 < joint.low_sd < 30 and 5 < joint.high_sd < 30


def test_a_wrong_frame_an_unsure_one_and_one_without_a_hand_do_not_count(tmp_path, hand):
    results = (
        [(pose(hand, 20), False)] * 40 + [(pose(hand, 100), False), (None, False)] + [(pose(hand, 100), True)] * 20
    )
    written = report(tmp_path / "a.html", results)
    assert range_of(written).high == pytest.approx(20, abs=1)
    assert "41 of 62 frames" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_each_hand_has_a_page_and_one_of_few_frames_has_none(tmp_path, hand):
    few = FEWEST_FRAMES - 1
    results = [(pose(hand, 20), False)] * 20 + [(pose(hand, 20, "left"), False)] * few
    assert [found.hand for found in report(tmp_path / "a.html", results).curves()] == ["right"]
    results += [(pose(hand, 20, "left"), False)]
    report(tmp_path / "b.html", results)
    assert re.findall("<h1>Joint angles: (.*?)</h1>", (tmp_path / "b.html").read_text("utf-8")) == [
        "right hand",
        "left hand",
    ]


@pytest.mark.parametrize("calibrated", [True, False])
def test_the_page_needs_nothing_from_outside_and_is_well_formed(tmp_path, hand, calibrated):
    report(tmp_path / "a.html", [(pose(hand, bend, calibrated=calibrated), False) for bend in range(0, 90, 2)])
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert MARK in text and not re.search(r"https?:|src=|url\(|<script", text)
    body = ET.fromstring(text[text.index("<body>") : text.index("</body>") + 7])
    assert len(body.findall(".//polygon")) == (len(body.findall(".//polyline")) if calibrated else 0)
    numbers = re.findall(r'points="([^"]*)"', text)
    assert numbers and all(np.isfinite(float(number)) for points in numbers for number in re.split("[ ,]", points))
    assert ("±" in body.find(".//td[2]").text) == calibrated


def test_a_gap_breaks_the_curve(tmp_path, hand):
    results = [(pose(hand, 20), False)] * 20 + [(None, False)] * 30 + [(pose(hand, 20), False)] * 20
    report(tmp_path / "a.html", results)
    report(tmp_path / "b.html", [result for result in results if result[0] is not None])
    with_gap, without = ((tmp_path / name).read_text("utf-8").count("<polyline") for name in ("a.html", "b.html"))
    assert with_gap == 2 * without > 0


def test_names_of_sources_are_text_and_no_markup():
    text = page([], "<b>a & b</b>", 3)
    assert "&lt;b&gt;a &amp; b" in text and "no hand was tracked" in text


def test_a_place_that_takes_no_page_is_one_clear_line_before_the_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="choose another file with --angles"):
        AnglesReport(tmp_path / "file" / "a.html", "a film")


def test_a_page_that_can_no_longer_be_written_is_one_clear_line(tmp_path):
    written = AnglesReport(tmp_path / "a.html", "a film")
    (tmp_path / "a.html").mkdir()
    with pytest.raises(ExportError, match="choose another file with --angles"):
        written.close()
    written.close()


def test_long_recordings_make_no_long_pages(tmp_path, hand):
    still = pose(hand, 20)
    results = [(replace(still), False)] * 2000
    report(tmp_path / "a.html", results)
    assert (tmp_path / "a.html").stat().st_size < 500_000
