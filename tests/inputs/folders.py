"""Folders as people have them: files among the frames that are none, other images, other camera files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.app.sources.film import COUNT, image, write_folder
from tests.inputs.case import Source
from tests.models.data.test_png import png

Change = Callable[[Path], Path | str | None]


def folder(situation: str, change: Change, units: float = 0.001) -> Source:
    """A good folder, changed; what `change` gives is played, else the folder."""

    def make(place: Path) -> Path | str:
        made = write_folder(place / "frames", units=units)
        return change(made) or made

    return Source(situation, make)


def add(name: str, content: Any) -> Change:
    """Another file among the frames: an image, bytes, or None for a folder."""

    def change(made: Path) -> None:
        path = made / name
        if content is None:
            path.mkdir()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            cv2.imwrite(str(path), content)

    return change


def beside(end: str, picture: Callable[[int], np.ndarray]) -> Change:
    """A second image beside each frame."""

    def change(made: Path) -> None:
        for index in range(COUNT):
            cv2.imwrite(str(made / f"{5 + index}{end}"), picture(index))

    return change


def again(write: Callable[[Path, np.ndarray], object], suffix: str) -> Change:
    """Each frame in another kind of file."""

    def change(made: Path) -> None:
        for path in list(made.glob("*.png")):
            write(path.with_suffix(suffix), cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
            path.unlink()

    return change


def camera(*without: str, raw: tuple[str, str] | None = None, **more: object) -> Change:
    """The camera file without some keys, with others, and with one text in place of another."""

    def change(made: Path) -> None:
        path = made / "camera.json"
        values = {key: value for key, value in json.loads(path.read_text()).items() if key not in without}
        text = json.dumps(values | more)
        path.write_text(text.replace(*raw) if raw else text)

    return change


def rewritten(text: Callable[[str], bytes]) -> Change:
    """The camera file as other bytes."""

    def change(made: Path) -> None:
        path = made / "camera.json"
        path.write_bytes(text(path.read_text()))

    return change


def open3d(made: Path) -> None:
    """As Open3D's recorder writes it: camera_intrinsic.json, depth/ and color/."""
    for name in ("depth", "color"):
        (made / name).mkdir()
    for path in list(made.glob("*.png")):
        path.rename(made / "depth" / path.name)
    (made / "camera.json").unlink()
    intrinsics = {"width": 64, "height": 48, "intrinsic_matrix": [61.3, 0, 0, 0, 60.7, 0, 31.25, 23.9, 1]}
    (made / "camera_intrinsic.json").write_text(json.dumps(intrinsics))


def tum(made: Path) -> None:
    """As TUM's sequences: names are times, and no camera file."""
    (made / "depth.txt").write_text("# depth maps\n")
    (made / "camera.json").unlink()


def series(made: Path) -> str:
    beside("_ir.png", lambda index: image(index) // 2)(made)
    return f"{made}/*_ir.png"


def save_metres(path: Path, raw: np.ndarray) -> None:
    np.save(path, (0.001 * raw).astype(np.float32))


def write_metres(path: Path, raw: np.ndarray) -> None:
    cv2.imwrite(str(path), (0.001 * raw).astype(np.float32))


def colour(_index: int) -> np.ndarray:
    return np.zeros((48, 64, 3), np.uint8)


FOLDER_CASES = [
    folder("`._5.png`, as macOS leaves", add("._5.png", b"\0\5\x16\7")),
    folder("`preview.png`", add("preview.png", np.zeros((480, 640, 3), np.uint8))),
    folder("a folder `zz.png`", add("zz.png", None)),
    folder("an empty file", add("zz.png", b"")),
    folder("`N_color.png` beside `N.png`", beside("_color.png", colour)),
    folder("two series that fit", beside("_ir.png", lambda index: image(index) // 2)),
    folder("two series, `'FOLDER/*_ir.png'`", series),
    folder("a PNG of 65535x65535 pixels among the frames", add("zz.png", png(65535, 65535))),
    folder("a PNG of another size among the frames", add("zz.png", image(0)[:, :32])),
    folder("frames of another size only", camera(width=60)),
    folder("a frame that is cut off", lambda made: add("6.png", (made / "6.png").read_bytes()[:-20])(made)),
    folder("TIFF", again(lambda path, raw: cv2.imwrite(str(path), raw), ".tiff")),
    folder("NPY", again(np.save, ".npy")),
    folder("NPY, metres as floats", again(save_metres, ".npy")),
    folder("OpenEXR, metres", again(write_metres, ".exr")),
]
CAMERA_CASES = [
    folder("a byte-order mark", rewritten(lambda text: text.encode("utf-8-sig"))),
    folder("UTF-16", rewritten(lambda text: text.encode("utf-16"))),
    folder("numbers as strings", camera(fx="61.3", depth_units="0.001")),
    folder("`cx`, `cy`", camera("ppx", "ppy", cx=31.25, cy=23.9)),
    folder("`depth_scale`: 1000", camera("depth_units", depth_scale=1000)),
    folder("Open3D's camera_intrinsic.json, depth/, color/", open3d),
    folder("a sequence of TUM without a camera file", tum),
    folder("`depth_scale`: 5000, as TUM has it", camera("depth_units", depth_scale=5000)),
    folder("10^400", camera(raw=("61.3", "1" + 400 * "0"))),
    folder("Infinity", camera(raw=("61.3", "Infinity"))),
    folder("`615,3`", camera(fx="615,3")),
    folder("brackets 100,000 deep", rewritten(lambda _: 100_000 * b"[")),
    folder("a missing key", camera("fps")),
]
