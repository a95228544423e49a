"""The page of results: it holds the figures of its reports, needs nothing else, and says what it cannot read."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.core.skeleton import HAND
from models.core.types import Camera
from models.data.registry import DATASETS
from models.evaluate.drawn import encoded_tile
from models.evaluate.tiles import TILE_PX, Comparison
from models.report import __main__ as report
from models.report.published import PUBLISHED
from models.report.results import read_results


def figures(data: str = "nyu", **changes) -> dict:
    """A report of a prediction file as models.evaluate writes it."""
    joints = DATASETS[data].joints
    curve = {str(limit): limit / 80 for limit in range(81)}
    return {
        "data": data,
        "predictions": "folder/mine.txt",
        "frames": 123,
        "mean_error_mm": 9.876,
        "median_error_mm": 7.654,
        "per_joint_mm": {name: 5.25 + number for number, name in enumerate(joints)},
        "success_worst_joint": curve,
        "success_mean": curve,
        "map_10cm": None,
        "per_joint_10cm": None,
        "warnings": [],
        **changes,
    }


def of_a_model(**changes) -> dict:
    """A report of a pose network: fewer thresholds, and no curve of means."""
    return {
        "model": "compact & co <v1>",
        "data": "2000 synthetic frames, seed 7",
        "joints": "without the wrist",
        "frames": 2000,
        "mean_error_mm": 12.34,
        "per_joint_mm": {"wrist": 31.5, "index_tip": 14.25},
        "success_worst_joint": {"20": 0.5, "30": 0.75, "40": 0.875, "50": 1.0},
        **changes,
    }


def picture(shift_m: float = 0.0) -> str:
    """A tile of two hands that are so far apart, as a report holds it."""
    truth = np.array([0.0, 0.0, 0.5]) + np.random.default_rng(0).uniform(-0.06, 0.06, (21, 3))
    return encoded_tile(Comparison("", HAND, truth + [shift_m, 0, 0], truth, Camera(64, 48, 60, 60, 31.5, 23.5)))


def frame(name: str = "a.png", error_mm: float = 12.34, **changes) -> dict:
    """A drawn frame of a report."""
    return {"name": name, "index": 3, "error_mm": error_mm, "picture": picture(error_mm / 1000), **changes}


@pytest.fixture
def made(tmp_path: Path):
    """`made(*reports)`: the page of them, its text and its parsed tree."""

    def make(*reports: dict) -> tuple[str, ET.Element]:
        paths = []
        for number, content in enumerate(reports):
            paths.append(tmp_path / f"{number}.json")
            paths[-1].write_text(json.dumps(content))
        out = tmp_path / "page.html"
        assert report.main(["--out", str(out), *map(str, paths)]) == 0
        text = out.read_text(encoding="utf-8")
        assert text.startswith("<!DOCTYPE html>")
        return text, ET.fromstring(text)

    return make


def rows(tree: ET.Element) -> list[list[str]]:
    return [[cell.text or "" for cell in row] for row in tree.iter("tr")]


def test_the_figures_stand_beside_the_published_ones(made):
    _, tree = made(figures())
    table = rows(tree)
    assert ["mine", "all joints", "123", "9.88", "7.65", "25.0", "37.5", "50.0"] in table
    published = [row for row in table if row[0].startswith("published: V2V-PoseNet")]
    assert [row[3] for row in published] == ["8.42"]
    assert "CVPR 2018" in published[0][0]
    assert ["little_tip", "5.25"] in table and ["palm", "18.25"] in table


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("icvl", "6.28"),
        ("nyu", "8.42"),
        ("msra", "7.59"),
        ("hands2017", "9.95"),
        ("itop_front", "88.74"),
        ("itop_top", "83.44"),
    ],
)
def test_every_known_data_set_shows_its_published_figure(made, data, shown):
    _, tree = made(figures(data))
    row = next(row for row in rows(tree) if row[0].startswith("published: V2V-PoseNet"))
    assert shown in row


def test_published_figures_are_of_data_sets_that_can_be_evaluated():
    assert set(PUBLISHED) <= set(DATASETS)


def test_bodies_show_their_share_of_joints_within_ten_centimetres(made):
    shares = dict.fromkeys(DATASETS["itop_front"].joints, 0.5) | {"head": 0.9125}
    text, tree = made(figures("itop_front", map_10cm=0.8765, per_joint_10cm=shares))
    assert "87.65" in rows(tree)[1]
    assert ["head", "91.25"] in rows(tree)
    assert "mAP at 10 cm" in text
    assert "mAP" not in made(figures("nyu"))[0]


def test_models_and_predictions_share_a_page(made):
    _, tree = made(figures(), of_a_model(), figures("icvl"))
    assert [heading.text for heading in tree.iter("h2")] == [
        "NYU Hand Pose Dataset",
        "2000 synthetic frames, seed 7",
        "ICVL Hand Posture Dataset",
    ]
    assert ["compact & co <v1>", "without the wrist", "2000", "12.34", "", "50.0", "75.0", "87.5"] in rows(tree)
    assert len(list(tree.iter("img"))) == 3


def test_results_of_one_name_are_told_apart_by_their_files(made):
    _, tree = made(figures(), figures(mean_error_mm=1.0))
    assert [row[0] for row in rows(tree) if row[2:3] == ["123"]] == ["mine (0.json)", "mine (1.json)"]
    assert ["little_tip", "5.25", "5.25"] in rows(tree)


def test_the_page_needs_nothing_from_outside(made):
    text, tree = made(figures(), of_a_model())
    for image in tree.iter("img"):
        kind, _, data = image.get("src").partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")
    assert not re.search(r"""(src|href)=["'](?!data:)|@import|url\(|<script""", text)


def test_the_best_and_the_worst_frames_are_on_the_page(made):
    best, worst = [frame("first.png", 1.26), frame("next.png", 2.0)], [frame("<b>&\"'.png", 98.76)]
    text, tree = made(figures(best_frames=best, worst_frames=worst), of_a_model())
    assert [heading.text for heading in tree.iter("h4")] == ["Best frames", "Worst frames"]
    assert [heading.text for heading in tree.iter("h3")].count("Frames: mine") == 1
    shown = [(figure.find("img"), "".join(figure.find("figcaption").itertext())) for figure in tree.iter("figure")]
    assert [caption for _, caption in shown] == ["1.3 mm first.png", "2.0 mm next.png", "98.8 mm <b>&\"'.png"]
    for (image, _), drawn in zip(shown, best + worst):
        assert image.get("src") == "data:image/png;base64," + drawn["picture"]
        assert drawn["name"] in image.get("alt") and f"{drawn['error_mm']:.1f} mm" in image.get("alt")
        data = np.frombuffer(base64.b64decode(image.get("src").partition(",")[2]), np.uint8)
        assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (TILE_PX, TILE_PX, 3)
    assert not re.search(r"""(src|href)=["'](?!data:)|@import|url\(|<script""", text)


def test_reports_of_before_there_were_frames_make_a_page_without_any(made):
    text, tree = made(figures(), of_a_model(best_frames=None, worst_frames=[]))
    assert not list(tree.iter("figure")) and "Worst frames" not in text
    assert len(list(tree.iter("h2"))) == 2


def test_a_single_frame_has_no_best_heading(made):
    _, tree = made(of_a_model(best_frames=[], worst_frames=[frame()]))
    assert [heading.text for heading in tree.iter("h4")] == ["Worst frames"]


def damaged(change) -> str:
    """A picture whose bytes are changed."""
    return base64.b64encode(change(base64.b64decode(picture()))).decode()


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ({"a": 1}, "'worst_frames' should be a list of frames, got a dict"),
        ([frame(), 7], "'worst_frames', frame 2: expected an object, got a int"),
        ([{"name": "a"}], "'worst_frames', frame 1: has no 'index'"),
        ([frame(name=4)], "'name' should be a text"),
        ([frame(index=-1)], "'index' should be a count, got -1"),
        ([frame(index="x")], "'index' should be a count, got 'x'"),
        ([frame(error_mm=1) | {"error_mm": "9"}], "'error_mm' should be a number, got '9'"),
        ([frame() | {"error_mm": 10**400}], "'worst_frames', frame 1: "),
        ([frame() | {"error_mm": float("inf")}], "'error_mm' should be a number"),
        ([frame(picture=None)], "'picture' should be a text"),
        ([frame(picture='"/><script>')], "'picture' is not base64"),
        ([frame(picture="päng")], "'picture' is not base64"),
        ([frame(picture=damaged(lambda data: b"GIF89a" + data))], "'picture' is not a PNG"),
        ([frame(picture="")], "'picture' is not a PNG"),
        ([frame(picture=damaged(lambda data: data[:8]))], "'picture' is a damaged PNG"),
        ([frame(picture=damaged(lambda data: data[:-5]))], "'picture' is a damaged PNG"),
        ([frame(picture=damaged(lambda data: data[:-12]))], "'picture' is a damaged PNG"),
        ([frame(picture=damaged(lambda data: data[:200] + b"?" + data[201:]))], "'picture' is a damaged PNG"),
    ],
)
def test_a_broken_frame_is_one_clear_line(tmp_path, capsys, frames, said):
    path, out = tmp_path / "broken.json", tmp_path / "page.html"
    path.write_text(json.dumps(figures(worst_frames=frames)))
    assert report.main(["--out", str(out), str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"models.report: {path}: ") and said in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_a_warning_of_the_evaluation_is_on_the_page(made):
    assert "are these metres?" in made(figures(warnings=["are these metres?"]))[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON (Expecting property name enclosed in double quotes: line 1"),
        ("[]", "expected a JSON object"),
        (100000 * "[", "nested too deeply"),
        (json.dumps(figures(map_10cm=10**400)), "should be a number"),
        ("{}", "has no 'frames'"),
        (json.dumps({"stages": {}}), "reference network"),
        (json.dumps(figures(mean_error_mm="9")), "'mean_error_mm' should be a number"),
        (json.dumps(figures(mean_error_mm=float("nan"))), "'mean_error_mm' should be a number"),
        (json.dumps(figures(per_joint_mm=[1])), "'per_joint_mm' should hold figures by name"),
        (json.dumps(figures(per_joint_mm={})), "'per_joint_mm' holds no joint"),
        (json.dumps(figures(success_mean={"x": 1})), "'success_mean' should hold shares by threshold"),
        (json.dumps(figures(frames=0)), "'frames' should be a count"),
        (json.dumps(figures(warnings=3)), "'warnings' should be a list"),
    ],
)
def test_a_broken_report_is_one_clear_line(tmp_path, capsys, content, said):
    path, out = tmp_path / "broken.json", tmp_path / "page.html"
    path.write_text(content)
    assert report.main(["--out", str(out), str(path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"models.report: {path}") and said in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_a_missing_report_or_folder_is_one_clear_line(tmp_path, capsys):
    path = tmp_path / "none.json"
    assert report.main(["--out", str(tmp_path / "page.html"), str(path)]) == 1
    assert capsys.readouterr().err == (
        f"models.report: {path}: there is no such file; expected a report that models.evaluate wrote\n"
    )
    path.write_text(json.dumps(figures()))
    assert report.main(["--out", str(tmp_path / "none" / "page.html"), str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_result_without_a_name_takes_its_file_s(tmp_path):
    path = tmp_path / "run7.json"
    path.write_text(json.dumps(of_a_model(model="")))
    assert read_results([path])[0].name == "run7"
