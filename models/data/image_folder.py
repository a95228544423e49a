"""Folders of depth images: a camera file, and which of the images are frames, in the natural order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.types import USUAL_UNITS_M, Camera
from models.data.camera_file import EXPECTED, CameraFile, find_camera_file, read_camera_file
from models.data.depth_image import ENDINGS, FLOAT_STEP_M, ImageHeader, read_depth, read_header
from models.data.label_files import Skipped

_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """A folder of depth images. `depth_units`: metres per raw unit; `fps`: nominal rate.

    paths: the frames in natural order of their names (2.png before 10.png). numbers: the frame number of each: its
    place among all files that are named like the frames, so that a damaged one among them moves no other. notes: what
    a reader should know, a line each: files that were left out, what was assumed of the camera.
    """

    camera: Camera
    depth_units: float
    fps: float
    paths: tuple[Path, ...]
    numbers: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def read(self, place: int) -> NDArray[np.uint16]:
        """The raw depth (H, W) of `paths[place]`. Raises ValueError with one line where it is damaged."""
        return read_depth(self.paths[place], self.camera, self.depth_units)


def natural_key(name: str) -> list[tuple[int, int | str]]:
    """Sort key that orders the digits in names by value."""
    parts = re.split(r"([0-9]+)", name.lower())
    # Names longer than Python turns into a number keep their order as text.
    return [(0, int(part)) if index % 2 and len(part) < 4000 else (1, part) for index, part in enumerate(parts)]


def read_folder(folder: str | Path, pattern: str | None = None) -> ImageFolder:
    """The camera and the frames of a folder; only the headers of its images are read.

    The images lie in the folder or in its subfolder "depth". A frame is a depth image of the camera's size; other files
    are left out and counted. pattern: only files with such names (depth_*.png). Without it the folder must not hold two
    series of depth images with the same numbers. Raises ValueError with one line where the camera file is missing or
    broken, there is no frame, or two series fit.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder}: is not a folder")
    camera = read_camera_file(find_camera_file(folder))
    files = _image_files(folder)
    if not files and (folder / "depth").is_dir():
        folder = folder / "depth"
        files = _image_files(folder)
    if pattern is not None:
        files = [path for path in files if fnmatchcase(path.name, pattern)]
    if not files:
        raise ValueError(f"{folder / pattern if pattern else folder}: holds no PNG, TIFF, NPY or EXR images")
    skipped = Skipped()
    frames = _frames(files, camera, skipped)
    if not frames:
        reasons = "; ".join(skipped.lines())
        size = f"{camera.camera.width}x{camera.camera.height}"
        raise ValueError(f"{folder}: holds no depth images of {size} pixels, as {camera.path.name} says; {reasons}")
    paths = tuple(frames)
    if pattern is None:
        _check_one_series(folder, [path.name for path in paths])
    numbers = _numbers(files, paths)
    units_m = _units(camera, frames[paths[0]].is_float)
    return ImageFolder(camera.camera, units_m, camera.fps, paths, numbers, tuple(_notes(camera, skipped)))


def _image_files(folder: Path) -> list[Path]:
    """What is called like an image, in natural order."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    return sorted(found, key=lambda path: natural_key(path.name))


def _frames(files: Iterable[Path], camera: CameraFile, skipped: Skipped) -> dict[Path, ImageHeader]:
    """The files that are frames, with their headers, in order; the others are counted with the reason."""
    frames: dict[Path, ImageHeader] = {}
    is_float: bool | None = None
    for path in files:
        header, problem = _looked_at(path, camera.camera)
        if header is not None and is_float not in (None, header.is_float):
            problem = "metres among raw depth" if header.is_float else "raw depth among metres"
        if header is None or problem:
            skipped.add(problem, path.name)
        else:
            frames[path], is_float = header, header.is_float
    return frames


def _looked_at(path: Path, camera: Camera) -> tuple[ImageHeader | None, str]:
    """The header of an image that fits, or what is wrong with it in a few words."""
    if path.name.startswith("."):
        return None, "hidden"
    if not path.is_file():
        return None, "no file"
    try:
        header = read_header(path)
    except ValueError as error:
        return None, str(error).removeprefix(f"{path}: ")
    if not header.is_depth:
        return None, header.pixel
    if (header.height, header.width) != camera.shape:
        return None, f"{header.size} pixels"
    return header, ""


def _units(camera: CameraFile, is_float: bool) -> float:
    """Metres a raw unit of the frames; images in metres are rounded, and that not too coarsely."""
    if is_float:
        return camera.depth_units if camera.depth_units and camera.depth_units <= USUAL_UNITS_M else FLOAT_STEP_M
    if camera.depth_units is None:
        raise ValueError(f"{camera.path}: 'depth_units' must be a number, it is missing; {EXPECTED}")
    return camera.depth_units


def _series(name: str) -> str:
    """What the names of a series have in common: small letters, and # for every number."""
    return _DIGITS.sub("#", name.lower())


def _numbers(files: Sequence[Path], frames: Sequence[Path]) -> tuple[int, ...]:
    """The frame number of each frame; see ImageFolder."""
    series = {_series(path.name) for path in frames}
    place = {path: index for index, path in enumerate(path for path in files if _series(path.name) in series)}
    return tuple(place[path] for path in frames)


def _check_one_series(folder: Path, names: Sequence[str]) -> None:
    """Raises ValueError where two series have mostly the same numbers, as depth_1.png and infrared_1.png."""
    series: dict[str, dict[tuple[str, ...], str]] = {}
    for name in names:
        series.setdefault(_series(name), {})[tuple(_DIGITS.findall(name))] = name
    first, *others = sorted(series, key=lambda pattern: -len(series[pattern]))
    for other in others:
        shared = series[first].keys() & series[other].keys()
        if len(series[other]) > 1 and 2 * len(shared) >= len(series[other]):
            choices = [_pattern_of(pattern, series[pattern].values(), names) for pattern in (first, other)]
            counts = " and ".join(f"{choice} ({len(series[s])})" for choice, s in zip(choices, (first, other)))
            raise ValueError(
                f"{folder}: holds two series of depth images, {counts}; choose one by '{folder / choices[0]}'"
            )


def _pattern_of(series: str, members: Iterable[str], names: Sequence[str]) -> str:
    """A pattern that finds the members of a series among all names, if there is a simple one."""
    wanted = set(members)
    patterns = [series.replace("#", number) for number in ("*", "*[0-9]", "[0-9]*")]
    return next((p for p in patterns if {name for name in names if fnmatchcase(name, p)} == wanted), patterns[0])


def _notes(camera: CameraFile, skipped: Skipped) -> list[str]:
    notes = [f"{camera.path.name} does not say all: {camera.assumed} assumed"] if camera.assumed else []
    if skipped.total:
        reasons = "; ".join(skipped.lines())
        notes.append(f"{skipped.total} {'file is' if skipped.total == 1 else 'files are'} left out: {reasons}")
    return notes
