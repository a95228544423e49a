"""What a run says of the fitted model."""

from __future__ import annotations

from dataclasses import replace

from app.run.fits import FitTally
from app.run.summary import RunTally
from app.tracking.fit.result import FitVerdict
from tests.app.fakes import fit_result, hand_frame, pose, result_of


def test_shown_raw_and_no_hands_are_counted_of_every_hand():
    tally = FitTally()
    plain = result_of(hand_frame(), pose())
    fits = [
        fit_result(residual_mm=4.0, raw_residual_mm=6.0),
        fit_result(residual_mm=8.0, raw_residual_mm=7.0, verdict=FitVerdict.RAW),
        fit_result(verdict=FitVerdict.NOT_A_HAND),
    ]
    for fit in fits:
        tally.add(replace(plain, fit=fit))
    tally.add(replace(plain, fit=fits[0], others=(replace(plain, fit=fits[0]),)))
    summary = tally.summary()
    assert summary is not None
    assert (summary.shown, summary.raw, summary.no_hand) == (3, 1, 1)
    assert (summary.residual_mm, summary.raw_residual_mm) == (4.0, 6.0)


def test_the_summary_of_a_run_has_a_line_where_a_model_was_fitted():
    plain = result_of(hand_frame(), pose())
    without, fitted = RunTally({}), RunTally({})
    without.add(plain)
    fitted.add(replace(plain, fit=fit_result(residual_mm=4.0, raw_residual_mm=6.0)))
    texts = ["\n".join(tally.summary("a", "b", "c", 1.0).lines()) for tally in (without, fitted)]
    assert "fit  " not in texts[0]
    assert "fit      shown 1 times" in texts[1]
    assert "median 4.0 mm off" in texts[1]
