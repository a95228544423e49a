"""From the detector's answers to the square around a hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.peers.palm import MIDDLE_MCP, SQUARE_SCALE, WRIST, Palm, Square, anchors, hand_square, palms


def answers(*hits: tuple[int, float, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Answers and logits with boxes of 40 pixels at (anchor, logit, centre); elsewhere nothing is found."""
    values, logits = np.zeros((2016, 18), np.float32), np.full(2016, -8.0, np.float32)
    for anchor, logit, center in hits:
        values[anchor, :2] = np.array(center) - anchors()[anchor]
        values[anchor, 2:4] = 40
        logits[anchor] = logit
    return values, logits


def test_there_is_an_anchor_for_each_answer_and_x_runs_fastest():
    centers = anchors()
    assert centers.shape == (2016, 2)
    np.testing.assert_array_equal(centers[[0, 1, 2]], [[4, 4], [4, 4], [12, 4]])
    np.testing.assert_array_equal(centers[[24 * 24 * 2, -1]], [[8, 8], [184, 184]])


def test_an_answer_is_relative_to_its_anchor():
    (palm,) = palms(*answers((700, 3.0, (60.0, 90.0))))
    np.testing.assert_allclose(palm.box, [40, 70, 80, 110], atol=1e-4)
    np.testing.assert_allclose(palm.points, np.tile(anchors()[700], (7, 1)))
    assert palm.score == pytest.approx(1 / (1 + np.exp(-3)))


def test_overlapping_answers_are_one_palm_and_others_come_by_score():
    found = palms(*answers((10, 1.0, (150.0, 150.0)), (700, 3.0, (60.0, 90.0)), (701, 3.0, (64.0, 90.0))))
    assert [palm.score for palm in found] == sorted((palm.score for palm in found), reverse=True)
    assert len(found) == 2
    np.testing.assert_allclose(found[0].box, [42, 70, 82, 110], atol=1e-3)


def test_nothing_likely_is_no_palm():
    assert palms(*answers((5, -0.1, (50.0, 50.0)))) == []


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, -120])
def test_the_square_turns_with_the_hand_and_lies_towards_the_fingers(degrees):
    turn = np.radians(degrees)
    up = np.array([np.sin(turn), -np.cos(turn)])  # the fingers' direction, in an image whose y points down
    points = np.zeros((7, 2))
    points[WRIST], points[MIDDLE_MCP] = 90 - 20 * up, 90 + 20 * up
    square = hand_square(Palm(np.array([70.0, 70.0, 110.0, 110.0]), points, 0.9))
    assert square.side == pytest.approx(SQUARE_SCALE * 40)
    np.testing.assert_allclose(square.center, 90 + 20 * up)
    top = square.to_image() @ [0.5, 0.0, 1.0]
    np.testing.assert_allclose(top, square.center + square.side / 2 * up, atol=1e-9)


def test_an_upright_square_maps_its_corners():
    matrix = Square(np.array([50.0, 60.0]), 20.0, 0.0).to_image()
    np.testing.assert_allclose(matrix @ [0, 0, 1], [40, 50])
    np.testing.assert_allclose(matrix @ [1, 1, 1], [60, 70])
