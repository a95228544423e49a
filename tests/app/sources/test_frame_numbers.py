"""Numbers that tell the frames of a recording apart."""

from __future__ import annotations

import pytest

from app.sources.frame_numbers import FrameNumbers, PlacedNumbers


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [7, 9, 12, 500], [0, 2**63, 2**64 - 1]])
def test_numbers_that_grow_stay_as_they_are(numbers: list[int]):
    counted = FrameNumbers()
    assert [counted.of(number) for number in numbers] == numbers


@pytest.mark.parametrize("numbers", [[0, 0, 0, 0], [0, 1, 2, 0, 1, 2], [5, 5, 6, 6], [9, 8, 7], [3, 9, 4, 5], [-4, -4]])
def test_others_are_counted_on_from_the_last(numbers: list[int]):
    counted = FrameNumbers()
    given = [counted.of(number) for number in numbers]
    assert all(later > before >= 0 for before, later in zip(given, given[1:]))
    assert given[0] == max(numbers[0], 0)


@pytest.mark.parametrize("numbers", [[3, 4, 9, 12], [0, 0, 0, 0], [0, 1, 0, 1]])
def test_whoever_goes_to_a_place_finds_the_number_that_it_has_in_order(numbers: list[int]):
    counted, unread = PlacedNumbers(), PlacedNumbers()
    given = [counted.of(number) for number in numbers]
    unread.of(numbers[0])
    for place in (2, 0, 3, 1):
        counted.go_to(place)
        assert counted.of(numbers[place]) == given[place]
        unread.go_to(place)
        assert unread.of(numbers[place]) == given[place]
