"""Calibrated deviations hold what they say on errors that were not fitted, and go onto the card alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.core.joint_sd import JointSd
from models.evaluate import calibrate
from models.evaluate.calibrate import Readings
from models.evaluate.sd_fit import KNOTS, coverage, fit_sd
from models.runtime import load_card

ASSETS = Path(__file__).resolve().parents[3] / "assets" / "models"
TRUE = JointSd(np.array(KNOTS), np.array([50.0, 20.0, 9.0, 5.0, 3.0]), np.exp(np.linspace(-0.3, 0.3, 21)), 1.5, 3.1)


def drawn(hands: int, seed: int, heavy: bool) -> tuple[np.ndarray, np.ndarray]:
    """Confidences and errors (hands, 21) whose deviations are those of TRUE, of a Gaussian or with heavy tails."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1, (hands, 21))
    error = TRUE.of(confidence)[..., None] * rng.normal(size=(hands, 21, 3))
    if heavy:
        freedom = 4.0
        error *= np.sqrt((freedom - 2) / rng.chisquare(freedom, (hands, 21, 1)))
    return confidence, np.linalg.norm(error, axis=-1)


@pytest.mark.parametrize("heavy", [False, True])
def test_regions_hold_their_share_of_errors_that_were_not_fitted(heavy):
    calibration = fit_sd(*drawn(400, 1, heavy))
    confidence, error_mm = drawn(400, 2, heavy)
    held = coverage(calibration, calibration.of(confidence), error_mm)
    assert held.within_68 == pytest.approx(0.68, abs=0.02)
    assert held.within_95 == pytest.approx(0.95, abs=0.01)
    assert held.told_rms_mm == pytest.approx(held.real_rms_mm, rel=0.1)
    np.testing.assert_allclose(calibration.of(confidence), TRUE.of(confidence), rtol=0.25)


def test_gaussian_errors_get_a_gaussians_regions():
    calibration = fit_sd(*drawn(400, 1, heavy=False))
    assert calibration.within_68 == pytest.approx(1.87, abs=0.03)
    assert calibration.within_95 == pytest.approx(2.80, abs=0.05)


def test_errors_that_grow_with_confidence_give_a_flat_curve():
    confidence, error_mm = drawn(200, 1, heavy=False)
    calibration = fit_sd(1 - confidence, error_mm)
    assert (np.diff(calibration.sd_mm) <= 0).all()


def test_one_half_of_the_hands_is_fitted_and_the_other_checked():
    confidence, error_mm = drawn(400, 1, heavy=True)
    held_out = np.arange(400) % 4 >= 2
    error_mm[held_out] *= 2  # as if the other hands were read half as well
    _, held, lines = calibrate.calibrate(Readings(confidence, error_mm, held_out))
    assert held.joints == 200 * 21
    assert held.real_rms_mm == pytest.approx(2 * held.told_rms_mm, rel=0.15)
    assert held.within_68 < 0.5
    assert lines[0] == "fitted on 200 frames, checked on 200 of other hands"


def test_the_card_keeps_all_else_and_a_calibrated_network_gives_deviations(tmp_path):
    for ending in (".onnx", ".json"):
        shutil.copy(ASSETS / f"compact{ending}", tmp_path / f"copy{ending}")
    card = json.loads((tmp_path / "copy.json").read_text())
    card.pop("joint_sd", None)
    (tmp_path / "copy.json").write_text(json.dumps(card))
    assert load_card(tmp_path / "copy.onnx").joint_sd is None
    calibrate.write_card(tmp_path / "copy.json", TRUE, {"frames": 3})
    changed = json.loads((tmp_path / "copy.json").read_text())
    assert changed.pop("joint_sd")["measured"] == {"frames": 3}
    assert changed == card
    calibration = load_card(tmp_path / "copy.onnx").joint_sd
    assert calibration is not None
    np.testing.assert_allclose(calibration.of(np.full(21, 0.9)), TRUE.of(np.full(21, 0.9)), rtol=1e-3)


def test_a_network_that_cannot_be_calibrated_is_one_line(tmp_path, capsys):
    assert calibrate.main(["--model", str(tmp_path / "none.onnx"), "--frames", "80"]) == 1
    assert calibrate.main(["--model", str(ASSETS / "reference.onnx"), "--frames", "80"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "there is no such model file" in first
    assert "is a reference network" in second


def test_too_few_frames_are_a_usage_error(capsys):
    with pytest.raises(SystemExit):
        calibrate.main(["--model", str(ASSETS / "compact.onnx"), "--frames", "8"])
    assert "expected 80 or more" in capsys.readouterr().err
