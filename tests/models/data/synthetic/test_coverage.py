"""The coverage report counts what the sampler makes."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.synthetic.__main__ import main
from models.data.synthetic.coverage import format_coverage, measure_coverage, view_shares
from models.rendering.limits import FULL
from models.rendering.rig import ANGLES


@pytest.fixture(scope="module")
def coverage():
    return measure_coverage(200)


def test_angles_stay_within_the_limits_and_use_most_of_them(coverage):
    low, high = np.degrees(FULL)
    assert (coverage.angles_deg >= low - 1e-6).all() and (coverage.angles_deg <= high + 1e-6).all()
    used = np.ptp(coverage.angles_deg, axis=0) / (high - low)
    assert used.min() > 0.5


def test_shares_are_shares(coverage):
    assert 0 < coverage.rejected < 0.5
    assert 0.3 < sum(coverage.gestures.values()) <= 1
    assert all(share > 0 for share in coverage.gestures.values()) or len(coverage.angles_deg) < 1000


def test_hands_are_seen_from_the_palm_the_back_and_the_edge(coverage):
    facing = coverage.palm_to_camera
    assert min((facing > 0.5).mean(), (facing < -0.5).mean(), (np.abs(facing) <= 0.5).mean()) > 0.1


def test_the_report_names_every_angle(coverage):
    text = format_coverage(coverage)
    assert all(name in text for name in ANGLES)


def test_the_command_writes_pictures(tmp_path, capsys):
    joints = tmp_path / "joints.png"
    assert main(["--joints", str(joints), "--coverage", str(tmp_path), "--poses", "20"]) == 0
    assert joints.stat().st_size > 1000 and (tmp_path / "coverage.png").stat().st_size > 1000
    assert "20 poses" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="1"):
        main(["--joints", str(tmp_path / "file" / "joints.png")])
    assert capsys.readouterr().err.count("\n") == 1


def test_views_are_counted_by_pitch_and_by_the_side_that_is_seen(coverage):
    shares = view_shares(coverage)
    assert shares.shape == (6, 4) and shares.sum() == pytest.approx(1)
    back, palm = shares[:, 2].sum(), shares[:, 0].sum()
    assert back == pytest.approx(np.mean(np.abs(coverage.yaw_deg) > 135), abs=0.02) and palm > 0.2
    assert "fingers away" in format_coverage(coverage)
