"""The few best and worst of many frames, told while they pass by: only those that may be among them are kept."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

BEST, WORST = 4, 8
"""How many frames of each kind are kept of an evaluation."""


@dataclass(frozen=True, slots=True)
class Ranked(Generic[T]):
    """An item with its error in mm and its place, from 0, among all that were seen."""

    error_mm: float
    index: int
    item: T


class Extremes(Generic[T]):
    """Items with the smallest and with the largest errors; memory does not grow with how many were added.

    Of equal errors the earlier item is kept. An error that is not a number counts as the largest of all.
    """

    def __init__(self, best: int = BEST, worst: int = WORST) -> None:
        """best, worst: how many of each are kept, one or more. Raises ValueError otherwise."""
        if best < 1 or worst < 1:
            raise ValueError(f"extremes: expected one or more best and worst, got {best} and {worst}")
        self._sizes = best, worst
        self._seen = 0
        # Heaps of (rank, -index, ...): the first to be dropped is on top. No two entries have one index.
        self._best: list[tuple[float, int, Ranked[T]]] = []
        self._worst: list[tuple[float, int, Ranked[T]]] = []

    def add(self, error_mm: float, index: int, item: T) -> None:
        """Shows an item; each needs an index of its own, and they should rise."""
        rank = math.inf if math.isnan(error_mm) else error_mm
        ranked = Ranked(error_mm, index, item)
        self._seen += 1
        for heap, size, value in zip((self._best, self._worst), self._sizes, (-rank, rank)):
            entry = (value, -index, ranked)
            if len(heap) < size:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)

    def best(self) -> list[Ranked[T]]:
        """The items with the smallest errors, the smallest first; none of them is among the worst.

        Where there are too few for both, half of them are the best; an odd one is the worst's.
        """
        return [ranked for *_, ranked in sorted(self._best, reverse=True)][: self._best_count()]

    def worst(self) -> list[Ranked[T]]:
        """The items with the largest errors, the largest first; none where nothing was added."""
        count = min(self._sizes[1], self._seen - self._best_count())
        return [ranked for *_, ranked in sorted(self._worst, reverse=True)][:count]

    def _best_count(self) -> int:
        return min(self._sizes[0], self._seen // 2)
