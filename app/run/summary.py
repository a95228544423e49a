"""What a headless run found, counted frame by frame, as text for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.run.damage import DamagedFrames
from app.run.fits import FitSummary, FitTally
from app.run.per_hand import TwoHandSummary, TwoHandTally, nearest
from app.run.tallies import ErrorSummary, ErrorTally, Sample, Steadiness, SteadinessTally
from app.tracking.out_of_range import OutOfRange
from app.tracking.result import TrackResult
from models.core.types import Pose
from models.reading.verdict import WITHIN_MM, Verdict


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Figures of one run.

    tracked, unsure, lost: frames by their verdict (models/reading/verdict.py). left, right: tracked frames by side.
    hand_frames: frames that show a hand by ground truth, None without ground truth; tracked_hand_frames: those of them
    that are tracked; false_frames: frames without a hand that are. right_poses: poses within 20 mm of the truth on
    average; tracked_right_poses: those of them that are called tracked.
    fps: frames a second of the whole run, reading and writing included; track_ms: median time in the tracker.
    notes: what the user should know, a line each: of the source, and depth that lies out of range.
    two_hands: where two hands were followed, what is known of each; the other figures are then of the hand that was
    followed longest in each frame. fit: what a model of the hand did, where one was fitted.
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
    right_poses: int | None
    tracked_right_poses: int | None
    errors: ErrorSummary | None
    steadiness: Steadiness
    seconds: float
    fps: float
    track_ms: float
    notes: tuple[str, ...] = ()
    two_hands: TwoHandSummary | None = None
    fit: FitSummary | None = None

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
                f"         {self.right_poses} of these poses are within {WITHIN_MM:.0f} mm, "
                f"{self.tracked_right_poses} of them called tracked",
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
        if self.fit is not None:
            lines += self.fit.lines()
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

    The truth is looked at frame by frame: the simulated camera's truth grows with its frames. What is kept here
    does not.
    """

    def __init__(self, truth: Mapping[int, tuple[Pose, ...]], notes: tuple[str, ...] = (), hands: int = 1) -> None:
        self._truth, self._notes = truth, notes
        self._frames = self._left = self._right = 0
        self._shown = self._tracked_shown = 0  # frames that show a hand by ground truth, and those of them tracked
        self._right_poses = self._tracked_right_poses = 0  # poses close to the truth, and those of them tracked
        self._verdicts: Counter[Verdict] = Counter()
        self._track_ms = Sample()
        self._errors, self._steadiness = ErrorTally(), SteadinessTally()
        self._out_of_range: OutOfRange | None = None
        self._frames_out_of_range = 0
        self._damaged = DamagedFrames()
        self._two_hands = TwoHandTally() if hands == 2 else None
        self._fits = FitTally()

    @property
    def frames(self) -> int:
        """How many frames were counted."""
        return self._frames

    def add(self, result: TrackResult, is_damaged: bool = False) -> float | None:
        """Count one frame; its mean error in millimetres where it has both a pose and ground truth."""
        truths, pose = self._truth.get(result.frame_id, ()), result.pose
        truth = nearest(pose, truths)
        is_tracked = result.verdict is Verdict.TRACKED
        self._frames += 1
        self._verdicts[result.verdict] += 1
        self._shown += truth is not None
        self._tracked_shown += is_tracked and truth is not None
        self._right += is_tracked and pose is not None and pose.hand == "right"
        self._left += is_tracked and pose is not None and pose.hand == "left"
        self._track_ms.add(result.timings.total_ms)
        self._steadiness.add(pose)
        self._fits.add(result)
        if self._two_hands is not None:
            self._two_hands.add(result, truths)
        if is_damaged:
            self._damaged.add(result.frame_id)
        if (what := result.out_of_range) is not None:
            self._frames_out_of_range += 1
            self._out_of_range = what if self._out_of_range is None else self._out_of_range.joined(what)
        if pose is None or truth is None:
            return None
        error_mm = self._errors.add(pose, truth)
        self._right_poses += error_mm <= WITHIN_MM
        self._tracked_right_poses += is_tracked and error_mm <= WITHIN_MM
        return error_mm

    def summary(self, source: str, model: str, device: str, seconds: float) -> RunSummary:
        known, tracked = bool(self._truth), self._verdicts[Verdict.TRACKED]
        return RunSummary(
            source=source,
            model=model,
            device=device,
            frames=self._frames,
            tracked=tracked,
            unsure=self._verdicts[Verdict.UNSURE],
            lost=self._verdicts[Verdict.LOST],
            left=self._left,
            right=self._right,
            hand_frames=self._shown if known else None,
            tracked_hand_frames=self._tracked_shown if known else None,
            false_frames=tracked - self._tracked_shown if known else None,
            right_poses=self._right_poses if known else None,
            tracked_right_poses=self._tracked_right_poses if known else None,
            errors=self._errors.summary(),
            steadiness=self._steadiness.summary(),
            seconds=seconds,
            fps=self._frames / seconds if seconds > 0 else 0.0,
            track_ms=self._track_ms.median or 0.0,
            notes=(*self._notes, *self._damaged.note(self._frames), *self._range_note()),
            two_hands=self._two_hands.summary(known) if self._two_hands is not None else None,
            fit=self._fits.summary(),
        )

    def _range_note(self) -> list[str]:
        """A line where no depth was in range for long, or in the whole run."""
        what, count = self._out_of_range, self._frames_out_of_range
        if what is None or (not what.is_lasting and count < self._frames):
            return []
        return [f"in {count} of {self._frames} frames {what}"]
