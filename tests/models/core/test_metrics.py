"""Errors as the literature reports them."""

import numpy as np
import pytest

from models.core.metrics import aligned_errors_mm, joint_errors_mm, procrustes_align, success_rates


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def random_hand(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(scale=0.05, size=(21, 3)) + [0, 0, 0.5]


def test_metres_become_millimetres():
    truth = np.zeros((2, 21, 3))
    predicted = truth + [0.003, 0, 0.004]
    np.testing.assert_allclose(joint_errors_mm(predicted, truth), np.full((2, 21), 5.0))


def test_errors_do_not_depend_on_the_frame_of_reference():
    rng = np.random.default_rng(0)
    a, b, rotation = random_hand(rng), random_hand(rng), random_rotation(rng)
    np.testing.assert_allclose(joint_errors_mm(a @ rotation.T + 1, b @ rotation.T + 1), joint_errors_mm(a, b))


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(21, 3\).*\(20, 3\)"):
        joint_errors_mm(np.zeros((21, 3)), np.zeros((20, 3)))


def test_alignment_recovers_any_similarity():
    rng = np.random.default_rng(1)
    for _ in range(50):
        target = random_hand(rng)
        moved = rng.uniform(0.2, 5) * target @ random_rotation(rng).T + rng.normal(size=3)
        np.testing.assert_allclose(procrustes_align(moved, target), target, atol=1e-12)


def test_alignment_does_not_reflect():
    rng = np.random.default_rng(2)
    target = random_hand(rng)
    mirrored = target * [-1, 1, 1]
    assert joint_errors_mm(procrustes_align(mirrored, target), target).mean() > 5


def test_alignment_keeps_the_shape():
    rng = np.random.default_rng(3)
    points, target = random_hand(rng), random_hand(rng) * [-1, 1, 1]
    aligned = procrustes_align(points, target)

    def distances(p: np.ndarray) -> np.ndarray:
        return np.linalg.norm(p[:, None] - p[None], axis=-1)

    ratio = distances(aligned)[0, 1] / distances(points)[0, 1]
    np.testing.assert_allclose(distances(aligned), ratio * distances(points), atol=1e-12)
    assert np.linalg.det(np.linalg.lstsq(points - points.mean(0), aligned - aligned.mean(0), rcond=None)[0]) > 0


@pytest.mark.parametrize("mirrored", [False, True])
def test_no_similarity_near_the_alignment_fits_better(mirrored):
    rng = np.random.default_rng(4)
    points = random_hand(rng)
    target = (points * [-1, 1, 1] if mirrored else points) + rng.normal(scale=0.01, size=(21, 3))
    aligned = procrustes_align(points, target)
    best = ((aligned - target) ** 2).sum()
    center = aligned.mean(axis=0)
    for _ in range(200):
        tilt, _ = np.linalg.qr(np.eye(3) + 0.02 * rng.normal(size=(3, 3)))
        tilt = tilt @ np.diag(np.sign(np.diag(tilt)))
        other = (aligned - center) @ tilt.T * rng.uniform(0.97, 1.03) + center + rng.normal(scale=1e-4, size=3)
        assert ((other - target) ** 2).sum() >= best


def test_alignment_takes_points_that_coincide_or_lie_in_a_line_or_plane():
    rng = np.random.default_rng(5)
    target = random_hand(rng)
    np.testing.assert_allclose(procrustes_align(np.ones((21, 3)), target), np.tile(target.mean(0), (21, 1)))
    flat = target * [1, 1, 0]
    np.testing.assert_allclose(procrustes_align(flat @ random_rotation(rng).T, flat), flat, atol=1e-12)
    line = target * [1, 0, 0]
    np.testing.assert_allclose(procrustes_align(line @ random_rotation(rng).T, line), line, atol=1e-12)


def test_aligned_errors_are_a_frame_at_a_time():
    rng = np.random.default_rng(6)
    truth = np.stack([random_hand(rng) for _ in range(5)])
    predicted = np.stack([hand @ random_rotation(rng).T * 1.3 + 0.2 for hand in truth])
    errors = aligned_errors_mm(predicted, truth)
    assert errors.shape == (5, 21)
    np.testing.assert_allclose(errors, 0, atol=1e-9)


def test_aligned_errors_of_no_frames_are_none():
    assert aligned_errors_mm(np.empty((0, 21, 3)), np.empty((0, 21, 3))).shape == (0, 21)


def test_success_counts_frames_by_their_worst_joint():
    errors = np.array([[1.0, 10.0], [5.0, 25.0], [50.0, 1.0], [2.0, 20.0]])
    np.testing.assert_allclose(success_rates(errors, [5, 10, 20, 30, 100]), [0, 0.25, 0.5, 0.75, 1])


def test_success_never_falls_with_the_threshold():
    errors = np.random.default_rng(7).exponential(10, (100, 21))
    rates = success_rates(errors, np.arange(0, 100, 5))
    assert (np.diff(rates) >= 0).all()
