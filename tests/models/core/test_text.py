"""What is printed of names that others chose."""

from __future__ import annotations

import os

from models.core.text import one_line


def test_lines_are_joined_and_words_of_all_languages_stay():
    assert one_line("größe\n 手\tok ") == "größe 手 ok"


def test_escape_sequences_and_bytes_that_are_no_text_are_shown():
    assert one_line("a\x1b[31mb\x07") == "a\\x1b[31mb\\x07"
    assert one_line(os.fsdecode(b"caf\xe9.bag")) == "caf\\udce9.bag"
    assert one_line("x\u202egnp") == "x\\u202egnp"


def test_the_middle_of_long_texts_is_left_out():
    line = one_line("a" * 3000 + "b" * 3000, 101)
    assert line == "a" * 50 + "…" + "b" * 50
