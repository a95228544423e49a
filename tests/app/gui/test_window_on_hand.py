"""The part of a picture that is shown when it is zoomed to the hand."""

import numpy as np

from app.gui.window_on_hand import LEAST_SHARE, WindowOnHand

SHAPE = (240, 320)


def part(window: WindowOnHand) -> list[float]:
    got = window.within(320, 240)
    return [got.left(), got.top(), got.right(), got.bottom()]


def hand_at(u: float, v: float, size: float) -> np.ndarray:
    return np.array([(u, v), (u + size, v + size)])


def test_without_a_hand_all_of_it_is_shown():
    window = WindowOnHand()
    assert part(window) == [0, 0, 320, 240]
    window.follow([], SHAPE)
    assert part(window) == [0, 0, 320, 240]


def test_the_hand_lies_within_the_part_which_has_the_proportions_of_the_picture():
    window = WindowOnHand()
    window.follow([hand_at(200, 150, 40)], SHAPE)
    left, top, right, bottom = part(window)
    assert left < 200 and top < 150 and right > 240 and bottom > 190
    assert (right - left) / (bottom - top) == 320 / 240
    assert right - left < 0.5 * 320


def test_a_part_never_leaves_the_picture_and_is_never_tiny():
    for u, v, size in ((0, 0, 4), (316, 236, 4), (-900, 50, 10), (-50, -50, 500)):
        window = WindowOnHand()
        window.follow([hand_at(u, v, size)], SHAPE)
        left, top, right, bottom = part(window)
        assert left >= -1e-9 and top >= -1e-9 and right <= 320 + 1e-9 and bottom <= 240 + 1e-9
        assert right - left >= LEAST_SHARE * 320 - 1e-9


def test_it_follows_without_jumps_and_both_hands_fit():
    window = WindowOnHand()
    window.follow([hand_at(20, 20, 30)], SHAPE)
    before = np.array(part(window))
    both = [hand_at(20, 20, 30), hand_at(260, 180, 30)]
    window.follow(both, SHAPE)
    assert 0 < np.abs(part(window) - before).max() < 120
    for _ in range(60):
        window.follow(both, SHAPE)
    left, top, right, bottom = part(window)
    assert left <= 20 and top <= 20 and right >= 290 and bottom >= 210
    window.forget()
    assert part(window) == [0, 0, 320, 240]
