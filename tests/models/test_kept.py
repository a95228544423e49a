"""What is kept comes back whole and for its own key, or not at all."""

from __future__ import annotations

import pytest

from models import kept


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "kept_folder", lambda: tmp_path / "new")
    return tmp_path / "new"


def test_it_comes_back_for_its_key_alone():
    kept.keep("thing", "version 1", b"content")
    assert kept.fetch("thing", "version 1") == b"content"
    assert kept.fetch("thing", "version 2") is None
    assert kept.fetch("other", "version 1") is None


def test_a_name_has_the_last_content():
    kept.keep("thing", "version 1", b"old")
    kept.keep("thing", "version 2", b"new")
    assert (kept.fetch("thing", "version 1"), kept.fetch("thing", "version 2")) == (None, b"new")


def test_no_damage_goes_unseen(folder):
    kept.keep("thing", "key", b"content")
    whole = (folder / "thing").read_bytes()
    broken = [whole[:length] for length in range(len(whole))]
    broken += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for content in (*broken, whole + b"\0"):
        (folder / "thing").write_bytes(content)
        assert kept.fetch("thing", "key") is None
    kept.keep("thing", "key", b"content")
    assert kept.fetch("thing", "key") == b"content"


def test_a_key_and_content_of_the_same_bytes_are_not_mixed_up():
    kept.keep("thing", "a", b"bc")
    assert kept.fetch("thing", "ab") is None


def test_where_nothing_can_be_kept_it_is_logged_and_nothing_is_found(folder, caplog):
    folder.write_text("a file where the folder should be")
    with caplog.at_level("INFO"):
        kept.keep("thing", "key", b"content")
    assert "thing cannot be kept" in caplog.text
    assert kept.fetch("thing", "key") is None


def test_a_folder_in_its_place_is_nothing(folder):
    (folder / "thing").mkdir(parents=True)
    assert kept.fetch("thing", "key") is None
    kept.keep("thing", "key", b"content")
    assert kept.fetch("thing", "key") is None
