"""Text from outside on its way to people: one line, nothing that a terminal would obey, and not too long."""

from __future__ import annotations

LONGEST = 2000


def printable(text: str) -> str:
    """The text with signs that do not print, and bytes that are no text, written as escapes (\\x1b, \\udce9)."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def one_line(text: object, longest: int = LONGEST) -> str:
    """The text in one printable line; of texts with more than `longest` signs the middle is left out."""
    line = printable(" ".join(str(text).split()))
    if len(line) <= longest:
        return line
    half = (longest - 1) // 2
    return f"{line[:half]}…{line[-half:]}"
