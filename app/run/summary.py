"""What a headless run found, counted frame by frame, as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from app.run.damage import DamagedFrames
from app.run.per_hand import TwoHandSummary, TwoHandTally, nearest
from app.tracking.out_of_range import OutOfRange
from app.tracking.result import TrackResult
from models.core.metrics import aligned_errors_mm, joint_errors_mm
from models.core.skeleton import HAND, WITHOUT_WRIST, bone_lengths
from models.core.types import Pose
from models.reading.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Errors in millimetres over the frames that have a pose, sure or unsure, and ground truth.

    mean_error_mm, median_error_mm: over frames, of each frame's mean over all joints; ..._without_wrist_mm: over the
    others. pa_error_mm: after the best similarity alignment, without the wrist. per_joint_mm: mean error of each joint.
    wrong_side: how many of the frames were taken for the other hand.
    """

    frames: int
    mean_error_mm: float
    median_error_mm: float
    mean_error_without_wrist_mm: float
    median_error_without_wrist_mm: float
    pa_error_mm: float
    per_joint_mm: dict[str, float]
    wrong_side: int


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How quietly a skeleton moves, which needs no ground truth.

    shake_mm: |joint(t) - (joint(t - 1) + joint(t + 1)) / 2|, the mean over joints and over frames whose two neighbours
    have a pose of the same hand. Real changes of speed count, too. bone_variation: (standard deviation of a bone's
    length) / (its mean), the mean over bones. None with fewer than two poses.
    """

    shake_mm: float | None
    bone_variation: float | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Figures of one run.

    tracked, unsure, lost: frames by their verdict (models/reading/verdict.py). left, right: tracked frames by side.
    hand_frames: frames that show a hand by ground truth, None without ground truth; tracked_hand_frames: those of them
    that are tracked; false_frames: frames without a hand that are.
    fps: frames a second of the whole run, reading and writing included; track_ms: median time in the tracker.
    notes: what the user should know, a line each: of the source, and depth that lies out of range.
    two_hands: where two hands were followed, what is known of each; the other figures are then of the hand that was
    followed longest in each frame.
    """

    source: str
    model: str
    device: str
    frames: int
    tracked: int
    unsure: int
    lost: int
    left: int
    right: int
    hand_frames: int | None
    tracked_hand_frames: int | None
    false_frames: int | None
    errors: ErrorSummary | None
    steadiness: Steadiness
    seconds: float
    fps: float
    track_ms: float
    notes: tuple[str, ...] = ()
    two_hands: TwoHandSummary | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The summary for people, one fact a line."""
        lines = [
            f"source   {self.source}",
            f"model    {self.model} on {self.device}",
            f"frames   {self.frames} in {self.seconds:.1f} s, {self.fps:.1f} a second "
            f"(median of the tracking alone: {self.track_ms:.1f} ms)",
            f"tracked  {self.tracked} of {self.frames} frames{_percent(self.tracked, self.frames)}{self._sides()}",
            f"         unsure {self.unsure}, lost {self.lost}",
        ]
        if self.hand_frames is not None:
            lines.append(
                f"         {self.tracked_hand_frames} of the {self.hand_frames} that show a hand by ground truth"
                f"{_percent(self.tracked_hand_frames or 0, self.hand_frames)}; {self.false_frames} of the others"
            )
        if self.errors is not None:
            e = self.errors
            lines += [
                f"error    mean {e.mean_error_mm:.1f} mm, median {e.median_error_mm:.1f} mm over {e.frames} frames, "
                "all joints",
                f"         mean {e.mean_error_without_wrist_mm:.1f} mm, "
                f"median {e.median_error_without_wrist_mm:.1f} mm without the wrist; "
                f"{e.pa_error_mm:.1f} mm after similarity alignment",
            ]
            if e.wrong_side:
                lines.append(f"         {e.wrong_side} of those frames were taken for the other hand")
        if self.steadiness.shake_mm is not None and self.steadiness.bone_variation is not None:
            lines.append(
                f"steady   joints shake by {self.steadiness.shake_mm:.1f} mm from frame to frame, "
                f"bones vary by {100 * self.steadiness.bone_variation:.0f} %"
            )
        if self.two_hands is not None:
            lines += self.two_hands.lines()
        return lines + [f"note     {note}" for note in self.notes]

    def _sides(self) -> str:
        if not self.tracked:
            return ""
        return f": {self.right} right, {self.left} left"


def _percent(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f} %)" if whole else ""


class RunTally:
    """Collects results; `truth` maps frame numbers to the poses of all hands, empty where there is no ground truth.

    notes: what is known of the source, for the summary. hands: how many are followed.

    The truth is looked at frame by frame: the simulated camera's truth grows with its frames.
    """

    def __init__(self, truth: Mapping[int, tuple[Pose, ...]], notes: tuple[str, ...] = (), hands: int = 1) -> None:
        self._truth, self._notes = truth, notes
        self._poses: list[tuple[Pose | None, Pose | None]] = []
        self._verdicts: list[Verdict] = []
        self._track_ms: list[float] = []
        self._out_of_range: list[OutOfRange] = []
        self._damaged = DamagedFrames()
        self._two_hands = TwoHandTally() if hands == 2 else None

    @property
    def frames(self) -> int:
        """How many frames were counted."""
        return len(self._poses)

    def add(self, result: TrackResult, is_damaged: bool = False) -> float | None:
        """Count one frame; its mean error in millimetres where it has both a pose and ground truth."""
        if is_damaged:
            self._damaged.add(result.frame_id)
        truths = self._truth.get(result.frame_id, ())
        truth = nearest(result.pose, truths)
        if self._two_hands is not None:
            self._two_hands.add(result, truths)
        self._poses.append((result.pose, truth))
        self._verdicts.append(result.verdict)
        self._track_ms.append(result.timings.total_ms)
        if result.out_of_range is not None:
            self._out_of_range.append(result.out_of_range)
        if result.pose is None or truth is None:
            return None
        return float(joint_errors_mm(result.pose.joints_cam_m, truth.joints_cam_m).mean())

    def summary(self, source: str, model: str, device: str, seconds: float) -> RunSummary:
        tracked = [pair for pair, verdict in zip(self._poses, self._verdicts) if verdict is Verdict.TRACKED]
        with_hand = sum(truth is not None for _, truth in tracked)
        both = [(pose, truth) for pose, truth in self._poses if pose is not None and truth is not None]
        known = bool(self._truth)
        return RunSummary(
            source=source,
            model=model,
            device=device,
            frames=len(self._poses),
            tracked=len(tracked),
            unsure=self._verdicts.count(Verdict.UNSURE),
            lost=self._verdicts.count(Verdict.LOST),
            left=sum(pose is not None and pose.hand == "left" for pose, _ in tracked),
            right=sum(pose is not None and pose.hand == "right" for pose, _ in tracked),
            hand_frames=sum(truth is not None for _, truth in self._poses) if known else None,
            tracked_hand_frames=with_hand if known else None,
            false_frames=len(tracked) - with_hand if known else None,
            errors=_errors(both) if both else None,
            steadiness=_steadiness([pose for pose, _ in self._poses]),
            seconds=seconds,
            fps=len(self._poses) / seconds if seconds > 0 else 0.0,
            track_ms=float(np.median(self._track_ms)) if self._track_ms else 0.0,
            notes=(*self._notes, *self._damaged.note(self.frames), *self._range_note()),
            two_hands=self._two_hands.summary(known) if self._two_hands is not None else None,
        )

    def _range_note(self) -> list[str]:
        """A line where no depth was in range for long, or in the whole run."""
        if not self._out_of_range:
            return []
        what, count = reduce(OutOfRange.joined, self._out_of_range), len(self._out_of_range)
        if not what.is_lasting and count < self.frames:
            return []
        return [f"in {count} of {self.frames} frames {what}"]


def _steadiness(poses: list[Pose | None]) -> Steadiness:
    """Of the poses of consecutive frames."""
    shakes = []
    for before, now, after in zip(poses, poses[1:], poses[2:]):
        if before and now and after and before.hand == now.hand == after.hand:
            middle = (before.joints_cam_m + after.joints_cam_m) / 2
            shakes.append(joint_errors_mm(now.joints_cam_m, middle).mean())
    found = [pose.joints_cam_m for pose in poses if pose is not None]
    variation = None
    if len(found) > 1:
        lengths = bone_lengths(np.stack(found), HAND.bones)
        variation = float((lengths.std(axis=0) / np.maximum(lengths.mean(axis=0), 1e-9)).mean())
    return Steadiness(float(np.mean(shakes)) if shakes else None, variation)


def _errors(both: list[tuple[Pose, Pose]]) -> ErrorSummary:
    poses = np.stack([pose.joints_cam_m for pose, _ in both])
    truths = np.stack([truth.joints_cam_m for _, truth in both])
    errors: NDArray[np.float64] = joint_errors_mm(poses, truths)
    aligned = aligned_errors_mm(poses[:, WITHOUT_WRIST], truths[:, WITHOUT_WRIST])
    of_frames, no_wrist = errors.mean(axis=1), errors[:, WITHOUT_WRIST].mean(axis=1)
    return ErrorSummary(
        frames=len(both),
        mean_error_mm=float(of_frames.mean()),
        median_error_mm=float(np.median(of_frames)),
        mean_error_without_wrist_mm=float(no_wrist.mean()),
        median_error_without_wrist_mm=float(np.median(no_wrist)),
        pa_error_mm=float(aligned.mean()),
        per_joint_mm={joint: round(float(error), 2) for joint, error in zip(HAND.joints, errors.mean(axis=0))},
        wrong_side=sum(pose.hand != truth.hand for pose, truth in both),
    )
