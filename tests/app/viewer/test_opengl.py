"""Where the processor draws, edges are not smoothed."""

import os

import pytest

from app.viewer import opengl


@pytest.mark.parametrize(
    ("card", "forced", "wanted", "result"),
    [
        (True, "", None, None),
        (False, "", None, "1"),
        (True, "1", None, "1"),
        (True, "0", None, None),
        (False, "", "0", "0"),
    ],
)
def test_smooth_edges_are_for_graphics_cards_and_for_who_asks(monkeypatch, tmp_path, card, forced, wanted, result):
    if card:
        (tmp_path / "renderD128").touch()
    monkeypatch.setattr(opengl, "RENDER_NODES", tmp_path)
    monkeypatch.setattr(opengl.sys, "platform", "linux")
    monkeypatch.setenv("LIBGL_ALWAYS_SOFTWARE", forced)
    monkeypatch.setenv("DRI_NO_MSAA", wanted or "")
    if wanted is None:
        monkeypatch.delenv("DRI_NO_MSAA")
    opengl.spare_the_processor()
    assert os.environ.get("DRI_NO_MSAA") == result
