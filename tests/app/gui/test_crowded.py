"""The window with all panels open: nothing is cut off at common sizes, and text stands out on the screen."""

import pytest

from tests.app.gui.play import drive, report_of


@pytest.mark.parametrize(("scale", "count"), [("1", 3), ("2", 1)])
def test_nothing_is_cut_off_and_every_text_stands_out(desk_display, tmp_path, scale, count):
    done = drive("crowded", tmp_path, desk_display, QT_SCALE_FACTOR=scale)
    assert (tmp_path / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert len(report["clipped"]) == count
    assert not any(report["clipped"].values()), report["clipped"]
    looks = {f"{look} {front}" for look in ("light", "dark") for front in ("camera", "simulator")}
    assert set(report["contrast"]) == looks
    for state, found in report["contrast"].items():
        assert len(found) >= 35
        # A thin letter may have no pixel of its whole colour, so this is a little on the safe side.
        assert min(found.values()) >= 4.5, (state, found)
