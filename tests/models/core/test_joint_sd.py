"""What a confidence means in millimetres."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.joint_sd import JointSd

CALIBRATION = JointSd(np.array([0.0, 0.5, 1.0]), np.array([40.0, 10.0, 2.5]), np.array([1.0, 2.0]), 1.5, 3.0)


def test_a_surer_joint_has_a_smaller_deviation_and_each_joint_its_own_factor():
    confidence = np.linspace(0, 1, 50)[:, None].repeat(2, axis=1)
    deviations = CALIBRATION.of(confidence)
    assert (np.diff(deviations, axis=0) < 0).all()
    np.testing.assert_allclose(deviations[:, 1], 2 * deviations[:, 0])
    np.testing.assert_allclose(
        CALIBRATION.of(np.array([0.5, 0.25])), [10.0, 40.0]
    )  # 0.25: geometric middle of 40 and 10


def test_confidences_that_rounding_put_beyond_0_and_1_count_as_those():
    np.testing.assert_allclose(CALIBRATION.of(np.array([1.0001, -0.0001])), [2.5, 80.0])


def test_what_a_card_holds_reads_back():
    card = CALIBRATION.as_card()
    again = JointSd.parse(card, 2)
    assert again.as_card() == card


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("confidence", [0.0, 0.5, 0.9]),
        ("confidence", [0.0, 0.0, 1.0]),
        ("confidence", 0.5),
        ("sd_mm", [40.0, 10.0]),
        ("sd_mm", [10.0, 40.0, 2.5]),
        ("sd_mm", [40.0, 10.0, 0.0]),
        ("sd_mm", [40.0, float("nan"), 2.5]),
        ("sd_mm", [10**400, 10.0, 2.5]),
        ("sd_mm", [float("inf"), 10.0, 2.5]),
        ("sd_mm", None),
        ("joint_factors", [1.0, -1.0]),
        ("joint_factors", [1.0]),
        ("joint_factors", [[1.0], [1.0]]),
        ("joint_factors", ["wide", 1.0]),
        ("within_68", 0.0),
        ("within_95", 1.0),
        ("within_95", []),
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(key, value):
    with pytest.raises(ValueError, match="expected"):
        JointSd.parse(CALIBRATION.as_card() | {key: value}, 2)
