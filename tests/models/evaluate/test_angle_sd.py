"""Standard deviations of angles: what fits them, how well they hold, and networks that have none."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from models.core.hand_state.angle_sd import FACTORS, WITHIN_95, factors
from models.core.hand_state.angles import ANGLE, ANGLES
from models.data.synthetic.testset import hand_frames
from models.evaluate import angles
from models.evaluate.angle_sd import KINDS, AngleErrors, lines_of, read_angles
from models.runtime import PoseNetwork
from tests.models.evaluate.test_calibrate import ASSETS

HANDS = 800


def drawn(scale: float) -> AngleErrors:
    """Gaussian errors that are `scale` times as large as said."""
    rng = np.random.default_rng(1)
    deviations = rng.uniform(3, 30, (HANDS, len(ANGLES)))
    errors = scale * deviations * rng.normal(size=deviations.shape)
    errors[:, [ANGLE["wrist_flexion"], ANGLE["wrist_deviation"]]] = np.nan
    return AngleErrors(errors, deviations, np.arange(HANDS) % 4 >= 2)


def shares(line: str) -> tuple[float, float]:
    return tuple(float(word.rstrip("%")) for word in line.split() if word.endswith("%"))


def test_deviations_that_are_right_hold_their_share_and_those_that_are_too_wide_hold_more():
    assert shares(lines_of(drawn(1.0))[-1]) == pytest.approx((68, 98), abs=2)
    assert shares(lines_of(drawn(0.5))[-1])[0] == pytest.approx(95, abs=2)


def test_the_factor_that_fits_is_the_shipped_one_times_how_much_larger_errors_are():
    for line in lines_of(drawn(0.5))[2:-1]:
        kind, fits, shipped = line.split()[:3]
        assert float(fits) == pytest.approx(0.5 * float(shipped), rel=0.15)
        assert FACTORS[kind] == float(shipped)


def test_each_angle_that_was_measured_has_a_factor_and_the_wrist_has_none():
    assert set(KINDS) == set(FACTORS)
    of = dict(zip(ANGLES, factors(ANGLES)))
    assert of["little_dip_flexion"] == of["index_dip_flexion"] == FACTORS["dip_flexion"]
    assert of["wrist_flexion"] == 1 and WITHIN_95 > 2


def test_hands_are_read_and_two_in_a_row_are_of_one_half():
    read = read_angles(PoseNetwork(ASSETS / "compact.onnx", "auto"), hand_frames(4, 1, "foreign"))
    assert read.other.tolist() == [False, False, True, True]
    assert (read.sd_deg[:, : len(ANGLES) - 2] > 0).all()


@pytest.mark.parametrize(("model", "told"), [("v2v", "no joint_sd on its card"), ("missing", "missing.onnx")])
def test_a_network_that_cannot_be_asked_is_one_line(monkeypatch, capsys, model, told):
    monkeypatch.setattr(sys, "argv", ["angles", "--model", str(ASSETS / f"{model}.onnx"), "--device", "cpu"])
    assert angles.main() == 1
    error = capsys.readouterr().err
    assert told in error and len(error.splitlines()) == 1
