"""Films of two hands through the tracker: are both tracked, and does each keep its side?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.sources.base import EndOfStream, Source
from app.sources.simulator import SIMULATED_CAMERA
from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.metrics import joint_errors_mm
from models.core.skeleton import hand_reference_point
from models.core.types import DepthFrame, Handedness, Pose
from models.rendering.two_hands import TwoHandMovie

CAMERA, FPS = SIMULATED_CAMERA, 30.0
ON_HAND_M = 0.05
"""A pose lies on a hand where its palm is as near as this to the true one."""
WARM_UP_FRAMES = 20
"""At the start of a source, left out of the times."""
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


HEAD = "film    frames  show both  both found  strays  wrong side  crossings  swaps  error mm"


@dataclass(slots=True)
class Figures:
    """Of films.

    frames: all of them. show_both: those with two true hands; have_both: with a pose on each of them; strays: poses on
    neither, in those frames. wrong_sides: poses on a hand of the other side. crossings: how often the hands changed
    places; swaps: after how many of them each was taken for the other. errors_mm: of the poses on hands.
    """

    frames: int = 0
    show_both: int = 0
    have_both: int = 0
    strays: int = 0
    wrong_sides: int = 0
    crossings: int = 0
    swaps: int = 0
    errors_mm: list[float] = field(default_factory=list)

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

    def line(self, name: str) -> str:
        """For people, under `HEAD`."""
        share = 100 * self.have_both / max(self.show_both, 1)
        error = f"{np.mean(self.errors_mm):.1f}" if self.errors_mm else "-"
        return (
            f"{name:6s} {self.frames:7d} {self.show_both:10d} {share:11.1f} % {self.strays:7d} {self.wrong_sides:11d} "
            f"{self.crossings:10d} {self.swaps:6d} {error:>9s}"
        )


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


def film_of(seed: int, frames: int) -> list[tuple[DepthFrame, tuple[Pose, ...]]]:
    """The first frames of a film of two hands, with the truth about each."""
    movie = TwoHandMovie(CAMERA, FPS, seed)
    made = [movie.render(index) for index in range(frames)]
    return [
        (DepthFrame(frame.raw, movie.depth_units, CAMERA, index, 1000 * index / FPS, 0.0), frame.poses)
        for index, frame in enumerate(made)
    ]


def answers_of(tracker: FrameTracker, film: Iterable[tuple[DepthFrame, tuple[Pose, ...]]]) -> list[Answer]:
    """What the tracker says of a film, from its first frame on."""
    tracker.reset()
    return [judged(tracker.track(frame), truths) for frame, truths in film]


def processor_s(tracker: FrameTracker, film: Iterable[tuple[DepthFrame, tuple[Pose, ...]]]) -> float:
    """Time that the processors spend on a film, seconds, all threads together."""
    tracker.reset()
    start_s = time.process_time()
    for frame, _ in film:
        tracker.track(frame)
    return time.process_time() - start_s


@dataclass(frozen=True, slots=True)
class Cost:
    """What following two hands takes in a source, beside following one; each frame read by both, in turn.

    found: frames with two hands. p50, p95: the time of two over that of one, at that percentile of each; None where
    there are too few frames to say.
    """

    frames: int
    found: int
    p50: float | None
    p95: float | None


def cost_of_two(two: FrameTracker, one: FrameTracker, source: Source) -> Cost:
    """How often two hands are found in a source, and how much longer that takes than following one."""
    trackers = [two, one]
    spent_ms: dict[FrameTracker, list[float]] = {two: [], one: []}
    found = 0
    for tracker in trackers:
        tracker.reset()
    for frame in _frames(source):
        for tracker in trackers:
            start_s = time.perf_counter()
            result = tracker.track(frame)
            spent_ms[tracker].append(1000 * (time.perf_counter() - start_s))
            found += tracker is two and len(result.poses) > 1
        trackers.reverse()
    frames = len(spent_ms[two])
    if frames <= WARM_UP_FRAMES:
        return Cost(frames, found, None, None)
    of_two, of_one = (np.percentile(spent_ms[each][WARM_UP_FRAMES:], (50, 95)) for each in (two, one))
    return Cost(frames, found, *(of_two / of_one).tolist())


def _frames(source: Source) -> Iterator[DepthFrame]:
    with source:
        while True:
            try:
                frame = source.read()
            except EndOfStream:
                return
            if frame is not None:
                yield frame
