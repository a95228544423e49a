"""Public data sets under one roof: what each is, and its frames by split, as one class of record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import Skeleton
from models.core.types import Camera, DepthFrame, Handedness
from models.data.centers import centers_in_camera, read_centers
from models.data.label_files import MissingFileError, Skipped, left_out
from models.data.record import LabelledFrame

FRAME_MS = 1000 / 30
"""Taken for the time between frames; none of the data sets states times."""

ReadFrame = Callable[[str, int], DepthFrame]
"""The depth frame of a name and a number as in Listing; raises ValueError with one line."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What the label files of one split say, all frames in their order, before any is left out.

    source: the file that the order comes from. names (N,): each image's own name. numbers (N,): each image's own
    number. groups (N,): its subject or sequence. joints_cam_m (N, J, 3) float32, metres, camera frame, NaN where not
    usable; None where labels are not published. valid (N,) bool: what the data set's authors mark as fit for use.
    part (N,) bool: the frames of the split, where the files list those of others, too; None: all. hands (N,): the side
    of each hand, None where all are of the data set's.
    """

    source: Path
    read: ReadFrame
    names: list[str]
    numbers: list[int]
    groups: list[str]
    joints_cam_m: NDArray[np.float32] | None
    valid: NDArray[np.bool_] | None = None
    part: NDArray[np.bool_] | None = None
    hands: list[Handedness] | None = None


OpenListing = Callable[[Path, str, "int | None", "Skipped | None"], Listing]
"""The listing of a root, split and held-out part; raises ValueError with one line."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameList:
    """Usable frames of a split, read when asked for. May be pickled, and read in several processes.

    `frames[i]` raises ValueError where the image is missing or broken. Iterating does so too, unless there is a counter
    `skipped`: then such frames are counted and left out, and only if nothing remains it raises.
    """

    read: ReadFrame
    names: list[str]
    numbers: list[int]
    groups: list[str]
    joints_cam_m: NDArray[np.float32] | None
    centers_cam_m: NDArray[np.float64] | None
    hands: list[Handedness]
    skipped: Skipped | None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> LabelledFrame:
        frame = self.read(self.names[index], self.numbers[index])
        joints = None if self.joints_cam_m is None else self.joints_cam_m[index].astype(np.float64)
        center = None if self.centers_cam_m is None else self.centers_cam_m[index]
        return LabelledFrame(frame, joints, self.hands[index], self.groups[index], center, self.names[index])

    def __iter__(self) -> Iterator[LabelledFrame]:
        found, last = False, ""
        for index in range(len(self)):
            try:
                labelled = self[index]
            except ValueError as error:
                reason = "image missing" if isinstance(error, MissingFileError) else "image not usable"
                left_out(self.skipped, reason, error)
                last = str(error)
            else:
                found = True
                yield labelled
        if not found:
            raise ValueError(f"no image could be read; the last: {last}")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A public data set.

    name: its name on the command line. title: what it is. origin: the page where it can be got. skeleton: its
    evaluation joints. cube_m: edge of the box around the hand or body that the paper uses. depth_range_m: nearest and
    farthest depth that counts as measured. splits: what `open` accepts. held_out: the subjects or folds of which one
    is left out of "train" and is "test"; empty where the split is fixed. center_scale: see models.data.centers.
    hand: the side of all its hands, unless a listing says it. measured: the split that errors are measured on: the
    test, or another where the labels of the test are not published. camera: the one of all its images, None where they
    have several. marks: patterns of names of which its root holds at least one. file_order: in rows that are
    exchanged, the place of each joint; None: the same order. names_in_files: whether these rows start with the image's
    name. many_cameras: one root has images of several cameras, so that rows of u v d do not say where a joint is.
    """

    name: str
    title: str
    origin: str
    skeleton: Skeleton
    cube_m: float
    depth_range_m: tuple[float, float]
    center_scale: tuple[float, float, float]
    open_listing: OpenListing
    splits: tuple[str, ...] = ("train", "test")
    held_out: tuple[int, ...] = ()
    hand: Handedness = "right"
    measured: str = "test"
    camera: Camera | None = None
    marks: tuple[str, ...] = ()
    file_order: tuple[int, ...] | None = None
    names_in_files: bool = False
    many_cameras: bool = False

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the evaluation joints, in order."""
        return self.skeleton.joints

    @property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) joint indices."""
        return self.skeleton.bones

    def open(
        self,
        root: str | Path,
        split: str,
        held_out: int | None = None,
        centers: str | Path | None = None,
        skipped: Skipped | None = None,
    ) -> FrameList:
        """The usable frames of a split in their own order.

        held_out: the subject or fold left out (the first by default). centers: file of precomputed reference points,
        one line a frame of the split. skipped: counts what is left out; without it the first broken label is an error.
        Frames that their authors, or the reference points, mark as invalid are left out in either case.
        Raises ValueError with one line naming the file, and the line in it.
        """
        root = Path(root)
        self._check(root, split, held_out)
        part = held_out if held_out is not None or not self.held_out else self.held_out[0]
        listing = self.open_listing(root, split, part, skipped)
        points = None if centers is None else self._centers(Path(centers), listing, split, part)
        kept = _kept(listing, points, str(centers), skipped or Skipped())
        if not len(kept):
            raise ValueError(f"{listing.source}: has no usable frame for {self.name} {split}")
        return FrameList(
            read=listing.read,
            names=[listing.names[i] for i in kept],
            numbers=[listing.numbers[i] for i in kept],
            groups=[listing.groups[i] for i in kept],
            joints_cam_m=None if listing.joints_cam_m is None else listing.joints_cam_m[kept],
            centers_cam_m=None if points is None else points[kept],
            hands=[self.hand if listing.hands is None else listing.hands[i] for i in kept],
            skipped=skipped,
        )

    def frames(
        self,
        root: str | Path,
        split: str,
        held_out: int | None = None,
        centers: str | Path | None = None,
        skipped: Skipped | None = None,
    ) -> Iterator[LabelledFrame]:
        """The labelled frames of a split one after another; arguments and errors as in `open`."""
        return iter(self.open(root, split, held_out, centers, skipped))

    def _check(self, root: Path, split: str, held_out: int | None) -> None:
        if not root.is_dir():
            raise MissingFileError(f"{root}: is not a folder; get {self.title} from {self.origin}")
        if self.marks and not self._is_root(root):
            others = (path for path in (*sorted(root.iterdir()), root.parent) if path.is_dir() and self._is_root(path))
            if (other := next(others, None)) is not None:
                raise MissingFileError(f"{root}: holds no {' or '.join(self.marks)}; did you mean {other}?")
        if split not in self.splits:
            raise ValueError(f"{self.name}: split must be one of {', '.join(self.splits)}, got {split!r}")
        if held_out is not None and held_out not in self.held_out:
            choices = f"one of {', '.join(map(str, self.held_out))}" if self.held_out else "left away"
            raise ValueError(f"{self.name}: the held-out part must be {choices}, got {held_out}")

    def _is_root(self, folder: Path) -> bool:
        return any(next(folder.glob(mark), None) is not None for mark in self.marks)

    def _centers(self, path: Path, listing: Listing, split: str, part: int | None) -> NDArray[np.float64]:
        points = read_centers(path)
        if len(points) != len(listing.names):
            subject = "" if part is None else f", subject or fold {part},"
            frames = f"{self.name} {split}{subject} has {len(listing.names)} frames; each needs one line"
            raise ValueError(f"{path}: has {len(points)} reference points, but {frames}")
        return centers_in_camera(path, points, self.center_scale, self.camera, listing.joints_cam_m, self.cube_m)


def _kept(listing: Listing, points: NDArray | None, centers: str, counter: Skipped) -> NDArray[np.intp]:
    """Indices of the frames of a listing that are fit for use; those marked as invalid are counted."""
    keep = np.ones(len(listing.names), dtype=bool) if listing.part is None else listing.part.copy()
    if listing.valid is not None:
        counter.add("marked as not valid", str(listing.source), int((keep & ~listing.valid).sum()))
        keep &= listing.valid
    if points is not None:
        bad = keep & ~np.isfinite(points).all(axis=1)
        counter.add("reference point marked as invalid", centers, int(bad.sum()))
        keep &= ~bad
    if listing.joints_cam_m is not None:
        keep &= np.isfinite(listing.joints_cam_m).all(axis=(1, 2))
    return np.flatnonzero(keep)


def depth_frame(
    depth: NDArray, units_m: float, camera: Camera, number: int, depth_range_m: tuple[float, float]
) -> DepthFrame:
    """A frame of a depth image (H, W) in `units_m`, any real type; depths out of range count as no measurement."""
    near, far = depth_range_m[0] / units_m, depth_range_m[1] / units_m
    with np.errstate(invalid="ignore"):
        inside = (depth >= near) & (depth <= far) & (depth <= np.iinfo(np.uint16).max)  # NaN is neither
    raw = np.rint(np.where(inside, depth, 0)).astype(np.uint16)
    return DepthFrame(raw, units_m, camera, number, number * FRAME_MS, 0.0)


def checked_count(path: Path, said: int, found: int, what: str) -> None:
    """Raises ValueError where a file's own count differs from what was found."""
    if said != found:
        raise ValueError(f"{path}: has labels for {said} frames, but there are {found} {what}")
