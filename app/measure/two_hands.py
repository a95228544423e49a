"""Films of two hands through the tracker: are both tracked, and does each keep its side?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.metrics import joint_errors_mm
from models.core.skeleton import hand_reference_point
from models.core.types import DepthFrame, Handedness, Pose
from models.rendering.movie import MovieFrame

ON_HAND_M = 0.05
"""A pose lies on a hand where its palm is as near as this to the true one."""
SETTLED_FRAMES, WATCHED_FRAMES = 10, 45
"""After a crossing, sides are looked at from the first to the second of these frames, or until the next crossing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tracker said of one frame of a film.

    truths: of the hands to be seen. found: for each of them the pose that lies on it, or None. stray: poses on no hand.
    """

    truths: tuple[Pose, ...]
    found: tuple[Pose | None, ...]
    stray: int

    @property
    def shows_both(self) -> bool:
        return len(self.truths) == 2

    @property
    def has_both(self) -> bool:
        return self.shows_both and None not in self.found

    @property
    def is_swapped(self) -> bool:
        """Whether both hands were found and taken for the other one each."""
        return self.has_both and all(p is not None and p.hand != t.hand for p, t in zip(self.found, self.truths))


@dataclass(slots=True)
class Figures:
    """Of films: counts of frames, of crossings, and mean errors of the poses on hands, millimetres."""

    frames: int = 0
    show_both: int = 0
    have_both: int = 0
    strays: int = 0
    wrong_sides: int = 0
    crossings: int = 0
    swaps: int = 0
    errors_mm: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    def add(self, answers: Sequence[Answer]) -> None:
        """Count one film."""
        self.frames += len(answers)
        self.show_both += sum(answer.shows_both for answer in answers)
        self.have_both += sum(answer.has_both for answer in answers)
        self.strays += sum(answer.stray for answer in answers if answer.shows_both)
        pairs = [(pose, truth) for a in answers for pose, truth in zip(a.found, a.truths) if pose is not None]
        self.wrong_sides += sum(pose.hand != truth.hand for pose, truth in pairs)
        self.errors_mm += [float(joint_errors_mm(p.joints_cam_m, t.joints_cam_m).mean()) for p, t in pairs]
        for after in after_crossings(answers):
            self.crossings += 1
            self.swaps += is_swap(after)


def judged(result: TrackResult, truths: tuple[Pose, ...]) -> Answer:
    """The poses of a frame, each given to the true hand that it lies on."""
    left = list(result.poses)
    found: list[Pose | None] = []
    for truth in truths:
        near = min(left, key=lambda pose: _apart_m(pose, truth), default=None)
        if near is not None and _apart_m(near, truth) > ON_HAND_M:
            near = None
        if near is not None:
            left.remove(near)
        found.append(near)
    return Answer(truths, tuple(found), len(left))


def _apart_m(one: Pose, other: Pose) -> float:
    points = hand_reference_point(one.joints_cam_m) - hand_reference_point(other.joints_cam_m)
    return float(np.linalg.norm(points))


def after_crossings(answers: Sequence[Answer]) -> list[Sequence[Answer]]:
    """For each time that the hands changed places in the picture, the frames after it."""
    crossings: list[int] = []
    leftmost: Handedness | None = None
    for index, answer in enumerate(answers):
        if not answer.shows_both:
            continue
        now = min(answer.truths, key=lambda truth: float(hand_reference_point(truth.joints_cam_m)[0])).hand
        if leftmost is not None and now != leftmost:
            crossings.append(index)
        leftmost = now
    ends = [*crossings[1:], len(answers)]
    return [answers[c + SETTLED_FRAMES : min(c + WATCHED_FRAMES, end)] for c, end in zip(crossings, ends)]


def is_swap(after: Sequence[Answer]) -> bool:
    """Whether the hands are taken for each other in most of the frames in which both are found."""
    both = [answer for answer in after if answer.has_both]
    return sum(answer.is_swapped for answer in both) > len(both) / 2


def film(tracker: FrameTracker, frames: Iterable[tuple[DepthFrame, MovieFrame]], figures: Figures) -> list[Answer]:
    """Track a film from its first frame on; its frames are counted in `figures`, with the processors' time."""
    tracker.reset()
    answers = []
    for frame, made in frames:
        start_s = time.process_time()
        result = tracker.track(frame)
        figures.cpu_s += time.process_time() - start_s
        answers.append(judged(result, made.poses))
    figures.add(answers)
    return answers
