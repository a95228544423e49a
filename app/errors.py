"""The errors a user can meet. Each message is one line: what failed, on which device or file, and what to do next."""

from __future__ import annotations

from models.core.text import printable


class AppError(Exception):
    """Base of everything the program reports in one line and ends with exit status 1.

    The message is printable whatever names of files and topics went into it, so that terminal, window and log show it
    as it is.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(str(message).replace("\n", " ")))


class SourceError(AppError):
    """A source of frames cannot be opened or cannot go on: missing, busy, broken or without depth."""


class SourceLostError(SourceError):
    """A live source stopped delivering (unplugged, time-outs); reopening may work."""


class SourceCrashedError(SourceLostError):
    """The process that reads a live source has crashed or hung; reopening may work, but not for ever."""


class ModelError(AppError):
    """A network file is missing, unreadable or not one of this project's models."""


class ExportError(AppError):
    """A pose file, preview picture or recording cannot be written."""


class DisplayError(AppError):
    """No window can be opened: no display, or the Open3D or Qt libraries do not load."""


class DesktopError(AppError):
    """The program cannot be put into the desktop's menu."""
