"""What confidences mean in millimetres, fitted to errors: models/core/joint_sd.py by maximum likelihood.

An error (x, y, z) is taken as a draw from Student's t distribution in three dimensions, equal along all axes. It is a
Gaussian whose width is not known exactly, and has its heavier tails: a joint that is read from a wrong finger is
farther off than any Gaussian of the usual errors allows. Radii of regions are quantiles of Fisher's F: (|error| /
scale)² / 3 has F(3, degrees of freedom).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, pi

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from models.core.joint_sd import JointSd

KNOTS = (0.0, 0.5, 0.75, 0.9, 1.0)
"""More knots, one at 0.3 or a curve of the second order gain nothing on the third synthetic set."""
FREEDOM = (2.2, 50.0)
"""Least and most degrees of freedom: under 2 there is no standard deviation, above 50 it is a Gaussian."""
LEAST_MM = 0.01


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of joints whose truth lies in the ball of 68 and 95 percent.

    real_rms_mm, told_rms_mm: root mean square of the errors along an axis, and of the standard deviations.
    """

    joints: int
    within_68: float
    within_95: float
    real_rms_mm: float
    told_rms_mm: float


def fit_sd(confidence: NDArray[np.float64], error_mm: NDArray[np.float64]) -> JointSd:
    """The map from confidences (N, J) to standard deviations under which errors (N, J), millimetres, are likeliest."""
    joints, steps = error_mm.shape[1], len(KNOTS) - 1
    shares = np.stack([np.interp(confidence, KNOTS, row) for row in np.eye(len(KNOTS))], axis=-1)  # (N, J, K)
    error_mm = np.maximum(error_mm, LEAST_MM)

    def parts(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Log of the curve at the knots (K,) and of the factors (J,), and the degrees of freedom."""
        falls = values[joints + 1 : -1]
        curve = values[joints] + np.append(np.cumsum(falls[::-1])[::-1], 0.0)
        return curve, values[:joints] - values[:joints].mean(), float(np.exp(values[-1]))

    def unlikelihood(values: NDArray[np.float64]) -> float:
        curve, factors, freedom = parts(values)
        log_scale = shares @ curve + factors
        spread = np.log1p((error_mm * np.exp(-log_scale)) ** 2 / freedom)
        constant = lgamma((freedom + 3) / 2) - lgamma(freedom / 2) - 1.5 * np.log(freedom * pi)
        return float(np.mean(3 * log_scale + (freedom + 3) / 2 * spread) - constant)

    start = np.concatenate([np.zeros(joints), [np.log(np.median(error_mm) / 2)], np.full(steps, 0.3), [np.log(4.0)]])
    bounds = [(None, None)] * (joints + 1) + [(0.0, None)] * steps + [(np.log(FREEDOM[0]), np.log(FREEDOM[1]))]
    found = optimize.minimize(unlikelihood, start, method="L-BFGS-B", bounds=bounds)
    curve, factors, freedom = parts(found.x)
    sd_of_scale = np.sqrt(freedom / (freedom - 2))
    radii = [float(np.sqrt(3 * stats.f.ppf(share, 3, freedom)) / sd_of_scale) for share in (0.68, 0.95)]
    return JointSd(np.array(KNOTS), np.exp(curve) * sd_of_scale, np.exp(factors), *radii)


def coverage(calibration: JointSd, deviations_mm: NDArray[np.float64], error_mm: NDArray[np.float64]) -> Coverage:
    """How well standard deviations, which a calibration gave, tell errors; both millimetres and of one shape."""
    off = error_mm / deviations_mm
    return Coverage(
        joints=off.size,
        within_68=float((off <= calibration.within_68).mean()),
        within_95=float((off <= calibration.within_95).mean()),
        real_rms_mm=float(np.sqrt(np.mean(error_mm**2) / 3)),
        told_rms_mm=float(np.sqrt(np.mean(deviations_mm**2))),
    )
