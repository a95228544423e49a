"""A folder on a disk of its own that can be filled up: a tmpfs, in a process that may mount one (`ALONE`)."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

SIZE = "16m"
ALONE = ("unshare", "--map-root-user", "--mount", "--")
"""Runs a command that may mount what nobody else sees, also for users who are not root."""


@cache
def may_mount() -> bool:
    """Is that allowed on this system?"""
    if shutil.which(ALONE[0]) is None:
        return False
    command = [*ALONE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class SmallDisk:
    """outputs: the folder that is written to. left: where everything goes at the end, for others to see."""

    def __init__(self, folder: Path) -> None:
        self._disk, self.left = folder / "disk", folder / "left"
        self._disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self._disk)], check=True)
        self.outputs = self._disk / "outputs"
        self.outputs.mkdir()

    def fill(self) -> None:
        """No byte is free from now on, but for the ends of files' last pages."""
        with (self._disk / "filler").open("ab", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while True:
                        filler.write(bytes(size))
        assert os.statvfs(self._disk).f_bavail == 0

    def remove(self) -> None:
        shutil.rmtree(self.outputs)

    def move(self) -> None:
        self.outputs.rename(self._disk / "moved")

    def close(self) -> None:
        """Copy what is left, of the folder under either name."""
        for folder in (self.outputs, self._disk / "moved"):
            if folder.exists():
                shutil.copytree(folder, self.left)
                break
        subprocess.run(["umount", "-l", str(self._disk)], check=True)
