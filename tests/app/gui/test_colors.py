"""The colours of both looks: text can be read, and every pair that the style sheet makes is among those looked at."""

import re

import pytest

from app.gui.colors import DARK, LIGHT, TEXT_ON, contrast
from app.gui.style_sheet import _BARE

LOOKS = {"dark": DARK, "light": LIGHT}
GROUNDS = {"window", "panel", "raised", "chosen", "accent", *(f"{x}_ground" for x in ("good", "warn", "bad", "info"))}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(look, text, ground):
    colors = LOOKS[look]
    assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5


def test_contrast_is_as_wcag_has_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


def test_every_rule_that_has_both_colours_is_a_pair_that_is_looked_at():
    found = set()
    for rule in re.findall(r"\{\{(.*?)\}\}", _BARE, re.DOTALL):
        color = re.search(r"(?<!-)\bcolor: \{c\.(\w+)\}", rule)
        ground = re.search(r"(?<!selection-)\bbackground: \{c\.(\w+)\}", rule)
        if color and ground and color[1] != "disabled":
            found.add((color[1], ground[1]))
    assert len(found) >= 8
    assert found <= set(TEXT_ON), found - set(TEXT_ON)


def test_no_colour_of_the_style_sheet_is_of_one_look_alone():
    assert re.findall(r"#[0-9a-f]{6}\b", _BARE) == []
