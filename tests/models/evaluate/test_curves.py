"""Success-rate curves as images."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import cv2
import pytest

from models.evaluate.curves import Curves, draw_curves, image_bytes, save_curves

WORST = {"20": 0.25, "9": 0.0, "40": 1.0}


def test_a_curve_shows_percent_by_threshold_in_order():
    figure = draw_curves([Curves("a", WORST, {"0": 0.5})], "test")
    worst, mean = figure.axes
    assert worst.lines[0].get_xydata().tolist() == [[9, 0], [20, 25], [40, 100]]
    assert mean.lines[0].get_xydata().tolist() == [[0, 50]]
    assert "worst joint" in worst.get_xlabel() and "mean" in mean.get_xlabel()


def test_a_panel_that_no_result_has_is_left_out():
    assert len(draw_curves([Curves("a", WORST, {}), Curves("b", {}, {})], "test").axes) == 1
    with pytest.raises(ValueError, match="no success rates"):
        draw_curves([Curves("a", {}, {})], "test")


def test_names_are_drawn_as_they_are():
    figure = draw_curves([Curves("_hidden", WORST, {}), Curves("$x^2$ $", WORST, {})], "$")
    assert [text.get_text().strip() for text in figure.axes[0].get_legend().get_texts()] == ["_hidden", r"\$x^2\$ \$"]
    assert b"<svg" in image_bytes(figure, ".svg")


def test_png_and_svg_open(tmp_path):
    figure = draw_curves([Curves("a", WORST, WORST)], "test")
    save_curves(figure, tmp_path / "a.png")
    save_curves(figure, tmp_path / "a.SVG")
    assert cv2.imread(str(tmp_path / "a.png")).std() > 1
    assert ET.parse(tmp_path / "a.SVG").getroot().tag.endswith("svg")
    with pytest.raises(ValueError, match=".png or .svg"):
        save_curves(figure, tmp_path / "a.pdf")


def test_the_same_curves_give_the_same_file():
    one, other = (image_bytes(draw_curves([Curves("a", WORST, WORST)], "test"), ".svg") for _ in range(2))
    assert one == other
