"""The two networks of MediaPipe Hands, taken out of a wheel that the user has. They are never part of this project."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

VERSION = "0.10.21"
PALM, LANDMARKS = "palm_detection_full.tflite", "hand_landmark_full.tflite"
_MEMBERS = {
    PALM: f"mediapipe/modules/palm_detection/{PALM}",
    LANDMARKS: f"mediapipe/modules/hand_landmark/{LANDMARKS}",
}
_METADATA = f"mediapipe-{VERSION}.dist-info/METADATA"
LARGEST_BYTES = 64 << 20


def unpack_networks(wheel: Path, folder: Path) -> None:
    """Write PALM and LANDMARKS into a folder. Raises ValueError with one line, which names the version wanted."""
    wanted = f"give the wheel of mediapipe {VERSION} for any system"
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            if _METADATA not in names:
                raise ValueError(f"{wheel}: is not a wheel of mediapipe {VERSION}; {wanted}")
            missing = [member for member in _MEMBERS.values() if member not in names]
            if missing:
                raise ValueError(f"{wheel}: has no {missing[0]}; {wanted}")
            for name, member in _MEMBERS.items():
                if archive.getinfo(member).file_size > LARGEST_BYTES:
                    raise ValueError(f"{wheel}: {member} is too large to be the network; {wanted}")
                (folder / name).write_bytes(archive.read(member))
    except FileNotFoundError:
        raise ValueError(f"{wheel}: there is no such file; {wanted}") from None
    except OSError as error:
        raise ValueError(f"{wheel}: cannot be read ({error.strerror or error}); {wanted}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{wheel}: is not a wheel that can be read ({error}); {wanted}") from None
