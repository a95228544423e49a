"""Pose errors as the literature reports them. Joints in metres, errors in millimetres."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def joint_errors_mm(predicted_m: NDArray[Any], truth_m: NDArray[Any]) -> NDArray[np.float64]:
    """Euclidean distance a joint, (..., J) in millimetres, of joints (..., J, 3) in metres in one frame of reference.

    Raises ValueError where the shapes differ.
    """
    predicted, truth = np.asarray(predicted_m, dtype=np.float64), np.asarray(truth_m, dtype=np.float64)
    if predicted.shape != truth.shape:
        raise ValueError(f"joints: expected two arrays of one shape, got {predicted.shape} and {truth.shape}")
    errors_mm: NDArray[np.float64] = 1000 * np.linalg.norm(predicted - truth, axis=-1)
    return errors_mm


def procrustes_align(points: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """`points` (J, 3) moved by the similarity (rotation, scale, translation) that fits `target` (J, 3) best.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991;
    reflections are not allowed.
    """
    points, target = np.asarray(points, dtype=np.float64), np.asarray(target, dtype=np.float64)
    centered, goal = points - points.mean(axis=0), target - target.mean(axis=0)
    u, singular, vt = np.linalg.svd(goal.T @ centered)
    signs = np.ones(3)
    if np.linalg.det(u @ vt) < 0:
        signs[-1] = -1
    rotation = u @ np.diag(signs) @ vt
    variance = (centered**2).sum()
    scale = (singular * signs).sum() / variance if variance > 0 else 1.0
    aligned: NDArray[np.float64] = scale * centered @ rotation.T + target.mean(axis=0)
    return aligned


def aligned_errors_mm(predicted_m: NDArray[Any], truth_m: NDArray[Any]) -> NDArray[np.float64]:
    """Errors (N, J) in millimetres after aligning each prediction (N, J, 3) with its truth by a similarity ("PA")."""
    aligned = [procrustes_align(p, t) for p, t in zip(predicted_m, truth_m)]
    return joint_errors_mm(np.reshape(aligned, np.shape(predicted_m)), truth_m)  # also where there is no frame


def success_curve(errors_mm: NDArray[Any], top_mm: int) -> dict[str, float]:
    """`success_rates` of errors (N, J) at 0, 1, ... `top_mm` millimetres, by threshold."""
    limits = np.arange(top_mm + 1)
    return {str(limit): float(share) for limit, share in zip(limits, success_rates(errors_mm, limits))}


def success_rates(errors_mm: NDArray[Any], thresholds_mm: NDArray[Any]) -> NDArray[np.float64]:
    """Share (T,) in 0..1 of frames whose worst joint lies within each threshold; `errors_mm` is (N, J)."""
    worst = np.asarray(errors_mm).max(axis=1)
    rates: NDArray[np.float64] = (worst[None, :] <= np.asarray(thresholds_mm)[:, None]).mean(axis=1)
    return rates
