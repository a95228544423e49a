"""Films with truth through the tracker and the model that fits itself: what the model adds to the joints as read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.measure.inside import FLESH_MM, deepest_mm
from app.measure.two_hands import judged
from app.sources.base import EndOfStream, Source
from app.tracking.base import FrameTracker
from app.tracking.explained import without
from app.tracking.fit.follow import ModelOfHand, warm_up
from app.tracking.fit.result import FitVerdict, HandFit
from models.core.camera import MIRROR
from models.core.hand_state.angles import ANGLES, WRIST_ANGLES, angles_of
from models.core.metrics import joint_errors_mm
from models.core.skeleton import HAND, bone_lengths
from models.core.types import DepthFrame, Handedness, Pose
from models.data.synthetic.films import Film, FilmFrame

_FREE = [number for number in range(len(ANGLES)) if number not in WRIST_ANGLES]
_BENDS = {
    ANGLES.index(f"{finger}_{part}_flexion"): HAND.joints.index(f"{finger}_{part}")
    for finger in ("index", "middle", "ring", "little")
    for part in ("mcp", "pip")
}
"""MCP and PIP flexion, and the joint of each."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """One frame: the joints as they were read, the model, and the processor time that the model took."""

    read: Pose
    fit: HandFit
    processor_ms: float
    film: FilmFrame | None = None

    @property
    def shown_m(self) -> NDArray[np.float64]:
        return self.fit.shown(self.read.joints_cam_m)


def followed(tracker: FrameTracker, frames: Iterable[tuple[DepthFrame, FilmFrame | None]]) -> Iterator[Fitted | None]:
    """Frame after frame from the first on; None where no hand was found. The tracker fits no model itself."""
    warm_up()
    model = ModelOfHand()
    tracker.reset()
    for frame, film in frames:
        pose = tracker.track(frame).pose
        if pose is None:
            yield None
            continue
        start_s = time.thread_time()
        fit = model.fit(frame, pose)
        spent_ms = 1000 * (time.thread_time() - start_s)
        yield None if fit is None else Fitted(pose, fit, spent_ms, film)


def followed_both(
    tracker: FrameTracker, film: Iterable[tuple[DepthFrame, tuple[Pose, ...]]]
) -> dict[Handedness, list[Fitted | None]]:
    """Of a film of two hands each true hand's frames, from the first on, as `followed`; both are tracked at once.

    As in the tracker, a model sees the frame without the other hand. Which joints are seen is not known.
    """
    warm_up()
    models: dict[Handedness, ModelOfHand] = {"right": ModelOfHand(), "left": ModelOfHand()}
    answers: dict[Handedness, list[Fitted | None]] = {"right": [], "left": []}
    tracker.reset()
    for frame, truths in film:
        answer = judged(tracker.track(frame), truths)
        for truth, pose in zip(answer.truths, answer.found):
            if pose is None:
                answers[truth.hand].append(None)
                continue
            others = [other.joints_cam_m for other in answer.found if other is not None and other is not pose]
            alone = without(frame, others, pose.joints_cam_m)
            start_s = time.thread_time()
            fit = models[truth.hand].fit(alone, pose)
            spent_ms = 1000 * (time.thread_time() - start_s)
            shown = FilmFrame(alone, truth, np.zeros(len(HAND.joints), dtype=np.bool_))
            answers[truth.hand].append(None if fit is None else Fitted(pose, fit, spent_ms, shown))
    return answers


def of_film(film: Film) -> Iterator[tuple[DepthFrame, FilmFrame]]:
    """A film's frames with their truth."""
    return ((each.frame, each) for each in film.frames())


def of_source(source: Source, most: int | None) -> Iterator[tuple[DepthFrame, None]]:
    """The first frames of a source, which is opened and closed."""
    count = 0
    with source:
        try:
            while most is None or count < most:
                frame = source.read()
                if frame is not None:
                    count += 1
                    yield frame, None
        except EndOfStream:
            return


HEAD = (
    "film            hands   raw mm   fit mm  shown mm  change   bones raw, fit   angles raw, fit   seen raw, fit   "
    "shape   off image raw, fit   fit lower   in itself   raw shown   no hand   cut off"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one film or source; what needs the truth is None without it.

    frames, hands: all of them and those with a pose. raw_mm, fit_mm, shown_mm: mean error of the joints as read, of the
    model, and of what is shown. bones_*: standard deviation of bone lengths over their mean, the model's once its shape
    is held. angles_*: mean error of the 21 angles but the wrist's, seen_*: of MCP and PIP flexion where the joint is
    seen, degrees. shape_mm: mean error of the last frame's bone lengths. off_*: mean residual to the image, mm. lower:
    share of frames in which the model's is lower. inside: share of frames in which a finger of the model lies in
    another part of the hand by more than FLESH_MM, inside_mm: how deep at most, their mean. raw_shown, no_hand,
    cut_off: frames in which the joints as read are shown, and in which the model says "not a hand" and "partly outside
    the picture".
    """

    frames: int
    hands: int
    raw_mm: float | None
    fit_mm: float | None
    shown_mm: float | None
    bones_raw: float
    bones_fit: float
    angles_raw: float | None
    angles_fit: float | None
    seen_raw: float | None
    seen_fit: float | None
    shape_mm: float | None
    off_raw_mm: float
    off_fit_mm: float
    lower: float
    inside: float
    inside_mm: float
    raw_shown: int
    no_hand: int
    cut_off: int

    @property
    def change(self) -> float | None:
        """Of the error by the model, relative."""
        if self.shown_mm is None or not self.raw_mm:
            return None
        return self.shown_mm / self.raw_mm - 1

    def line(self, name: str) -> str:
        """For people, under HEAD."""

        def of(value: float | None, text: str) -> str:
            return "-" if value is None or not np.isfinite(value) else text.format(value)

        pairs = (
            ((100 * self.bones_raw, 100 * self.bones_fit), "{:.1f} %", 17),
            ((self.angles_raw, self.angles_fit), "{:.1f}°", 18),
            ((self.seen_raw, self.seen_fit), "{:.1f}°", 16),
        )
        middle = "".join(f"{', '.join(of(value, text) for value in both):>{width}s}" for both, text, width in pairs)
        off = f"{of(self.off_raw_mm, '{:.1f}')}, {of(self.off_fit_mm, '{:.1f}')}"
        change = of(self.change, "{:+.1%}")
        inside = f"{100 * self.inside:.0f} %" + (f", {self.inside_mm:.1f}" if self.inside else "")
        return (
            f"{name:14s} {self.hands:6d} {of(self.raw_mm, '{:.2f}'):>8s} {of(self.fit_mm, '{:.2f}'):>8s} "
            f"{of(self.shown_mm, '{:.2f}'):>9s} {change:>7s}{middle}{of(self.shape_mm, '{:.1f} mm'):>8s} {off:>20s} "
            f"{of(100 * self.lower, '{:.0f} %'):>11s} {inside:>11s} {self.raw_shown:11d} {self.no_hand:9d} "
            f"{self.cut_off:9d}"
        )


def figures_of(answers: Sequence[Fitted | None]) -> Figures:
    """The figures of one film or source. Raises ValueError where no hand was found in it."""
    found = [answer for answer in answers if answer is not None]
    if not found:
        raise ValueError("no hand was found in any frame")
    films = [(answer, answer.film) for answer in found if answer.film is not None]
    off = [(a.fit.raw_residual_mm, a.fit.residual_mm) for a in found]
    compared = np.array([pair for pair in off if None not in pair], dtype=np.float64).reshape(-1, 2)
    errors = np.array(
        [
            [
                joint_errors_mm(joints, film.truth.joints_cam_m).mean()
                for joints in (answer.read.joints_cam_m, answer.fit.joints_cam_m, answer.shown_m)
            ]
            for answer, film in films
        ]
    )
    raw_mm, fit_mm, shown_mm = errors.mean(axis=0).tolist() if films else (None, None, None)
    angles, seen = _angle_errors(films) if films else ((None, None), (None, None))
    last = films[-1] if films else None
    verdicts = [answer.fit.verdict for answer in found]
    depths = np.array([deepest_mm(answer.fit.vertices_cam_m, answer.fit.faces) for answer in found])
    is_inside = depths > FLESH_MM
    return Figures(
        frames=len(answers),
        hands=len(found),
        raw_mm=raw_mm,
        fit_mm=fit_mm,
        shown_mm=shown_mm,
        bones_raw=_variation([a.read.joints_cam_m for a in found]),
        bones_fit=_variation([a.fit.joints_cam_m for a in found if a.fit.shape.is_held]),
        angles_raw=angles[0],
        angles_fit=angles[1],
        seen_raw=seen[0],
        seen_fit=seen[1],
        shape_mm=None if last is None else _shape_error_mm(last[0].fit, last[1].truth),
        off_raw_mm=float(compared[:, 0].mean()) if len(compared) else float("nan"),
        off_fit_mm=float(compared[:, 1].mean()) if len(compared) else float("nan"),
        lower=float((compared[:, 1] < compared[:, 0]).mean()) if len(compared) else float("nan"),
        inside=float(is_inside.mean()),
        inside_mm=float(depths[is_inside].mean()) if is_inside.any() else float("nan"),
        raw_shown=verdicts.count(FitVerdict.RAW),
        no_hand=verdicts.count(FitVerdict.NOT_A_HAND),
        cut_off=verdicts.count(FitVerdict.CUT_OFF),
    )


def _variation(joints_m: Sequence[NDArray[np.float64]]) -> float:
    """(standard deviation of a bone's length) / (its mean), the mean over bones."""
    if len(joints_m) < 2:
        return float("nan")
    lengths = bone_lengths(np.stack(joints_m), HAND.bones)
    return float((lengths.std(axis=0) / np.maximum(lengths.mean(axis=0), 1e-9)).mean())


def _shape_error_mm(fit: HandFit, truth: Pose) -> float:
    lengths = (bone_lengths(joints, HAND.bones) for joints in (fit.joints_cam_m, truth.joints_cam_m))
    return 1000 * float(np.abs(np.subtract(*lengths)).mean())


def _angle_errors(
    films: Sequence[tuple[Fitted, FilmFrame]],
) -> tuple[tuple[float, float], tuple[float | None, float | None]]:
    """Mean errors, degrees, of read joints and model: of all angles but the wrist's, and of those that are seen."""
    all_errors, seen_errors = [], []
    for answer, film in films:
        truth, *found = (
            np.degrees(angles_of(joints * (MIRROR if hand == "left" else 1)))
            for joints, hand in (
                (film.truth.joints_cam_m, film.truth.hand),
                (answer.read.joints_cam_m, answer.read.hand),
                (answer.shown_m, answer.read.hand),
            )
        )
        off = np.abs((np.array(found) - truth + 180) % 360 - 180)
        all_errors.append(off[:, _FREE].mean(axis=1))
        seen_errors += [off[:, angle] for angle, joint in _BENDS.items() if film.seen[joint]]
    raw, fit = np.mean(all_errors, axis=0)
    seen = np.mean(seen_errors, axis=0) if seen_errors else (None, None)
    return (float(raw), float(fit)), (seen[0], seen[1])


def overall(figures: Sequence[Figures]) -> Figures:
    """Each film counts the same; counts are summed."""

    def mean(name: str) -> float | None:
        values = [value for each in figures if (value := getattr(each, name)) is not None and np.isfinite(value)]
        return float(np.mean(values)) if values else None

    def number(name: str) -> float:
        value = mean(name)
        return float("nan") if value is None else value

    return Figures(
        *(sum(getattr(each, name) for each in figures) for name in ("frames", "hands")),
        *(mean(name) for name in ("raw_mm", "fit_mm", "shown_mm")),
        *(number(name) for name in ("bones_raw", "bones_fit")),
        *(mean(name) for name in ("angles_raw", "angles_fit", "seen_raw", "seen_fit", "shape_mm")),
        *(number(name) for name in ("off_raw_mm", "off_fit_mm", "lower", "inside", "inside_mm")),
        *(sum(getattr(each, name) for each in figures) for name in ("raw_shown", "no_hand", "cut_off")),
    )
