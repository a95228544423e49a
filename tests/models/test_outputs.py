"""Writing files: what is there is kept unless it may go, and what is written is whole."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from models.outputs import (
    OutputError,
    RecordFile,
    Target,
    check,
    part_path,
    refuse_inputs,
    size_so_far,
    special_kind,
    take_place,
    write_whole,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(target: Path, inputs: list[Path], match: str, overwrite: bool = True) -> None:
    with pytest.raises(OutputError, match=match) as caught:
        check([Target(target, "--out", lambda _: False)], inputs, overwrite)
    assert "\n" not in str(caught.value)
    assert target.name in str(caught.value)


@pytest.mark.parametrize("link", ["same name", "hard link", "another way"])
def test_an_input_is_refused_by_any_of_its_names_even_to_overwrite(tmp_path, link):
    (tmp_path / "in.json").write_text("precious")
    target = tmp_path / "in.json"
    if link == "hard link":
        target = tmp_path / "out.json"
        os.link(tmp_path / "in.json", target)
    elif link == "another way":
        (tmp_path / "way").symlink_to(tmp_path)
        target = tmp_path / "way" / "in.json"
    refused(target, [tmp_path / "in.json"], "is an input of this run")
    with pytest.raises(OutputError, match="is an input"):
        refuse_inputs([(target, "--out")], [tmp_path / "in.json"])
    assert (tmp_path / "in.json").read_text() == "precious"


def test_a_symbolic_link_is_never_written_through(tmp_path):
    (tmp_path / "kept").write_text("precious")
    (tmp_path / "out").symlink_to(tmp_path / "kept")
    (tmp_path / "dangling").symlink_to(tmp_path / "not yet")
    for name in ("out", "dangling"):
        refused(tmp_path / name, [], "is a symbolic link")
        for write in (write_whole, RecordFile):
            with pytest.raises(OutputError, match="is a symbolic link"):
                write(tmp_path / name, b"new")
    assert (tmp_path / "kept").read_text() == "precious"
    assert names(tmp_path) == ["dangling", "kept", "out"]


def test_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path, what in (
            (tmp_path / "fifo", "a pipe"),
            (tmp_path / "socket", "a socket"),
            (Path("/dev/null"), "a device"),
        ):
            assert special_kind(path) == what
            refused(path, [], f"is {what}")
            with pytest.raises(OutputError, match=f"is {what}"):
                write_whole(path, b"new")
    assert special_kind(tmp_path) is None
    assert special_kind(tmp_path / "missing") is None


def test_what_is_not_ours_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "out"
    check([Target(path, "--out", lambda _: False)], [], overwrite=False)
    path.write_text("")
    check([Target(path, "--out", lambda _: False)], [], overwrite=False)
    path.write_text("somebody's")
    refused(path, [], "--overwrite", overwrite=False)
    check([Target(path, "--out", lambda _: False)], [], overwrite=True)
    check([Target(path, "--out", lambda _: True)], [], overwrite=False)
    assert path.read_text() == "somebody's"


def test_two_outputs_of_one_name_are_refused(tmp_path):
    targets = [Target(tmp_path / "x", option, lambda _: True) for option in ("--one", "--two")]
    with pytest.raises(OutputError, match="written twice, by --one and --two"):
        check(targets, [], overwrite=True)


def test_places_that_cannot_be_written_are_known_before(tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused(tmp_path / "file" / "deep" / "x", [], "is not a folder")
    refused(tmp_path, [], "is a folder")
    with pytest.raises(OutputError, match="is a file"):
        check([Target(tmp_path / "file", "--out", lambda _: True, is_folder=True)], [], overwrite=True)


def test_a_file_is_replaced_in_one_step_and_other_names_of_the_old_one_keep_it(tmp_path):
    (tmp_path / "old").write_text("old")
    os.link(tmp_path / "old", tmp_path / "out")
    write_whole(tmp_path / "out", b"new")
    assert ((tmp_path / "old").read_text(), (tmp_path / "out").read_text()) == ("old", "new")
    assert names(tmp_path) == ["old", "out"]


def test_names_beside_cannot_be_guessed(tmp_path):
    parts = {part_path(tmp_path / "a.bag") for _ in range(100)}
    assert len(parts) == 100
    assert all(part.suffix == ".bag" and part.parent == tmp_path for part in parts)


def test_records_are_in_the_file_before_it_is_closed(tmp_path):
    file = RecordFile(tmp_path / "out", b"head\n")
    file.add(b"one\n")
    assert (tmp_path / "out").read_bytes() == b"head\none\n"
    file.close()
    file.close()


def test_a_record_that_does_not_fit_leaves_those_before_it_whole(tmp_path, monkeypatch):
    file = RecordFile(tmp_path / "out")
    file.add(b"one\n")
    real = os.write

    def full(descriptor: int, record: memoryview) -> int:
        if len(record) < 4:
            raise OSError(28, "No space left on device")
        return real(descriptor, record[:2])

    monkeypatch.setattr("models.outputs.os.write", full)
    with pytest.raises(OSError, match="No space"):
        file.add(b"two\n")
    monkeypatch.undo()
    file.close()
    assert (tmp_path / "out").read_bytes() == b"one\n"


@pytest.mark.parametrize("what", ["removed", "replaced", "folder removed"])
def test_a_file_that_went_away_is_an_error_at_the_next_record_and_at_close(tmp_path, what):
    path = tmp_path / "folder" / "out"
    path.parent.mkdir()
    file = RecordFile(path)
    if what == "folder removed":
        shutil.rmtree(path.parent)
    else:
        path.unlink()
        if what == "replaced":
            path.write_text("another")
    with pytest.raises(OutputError, match="was removed or replaced"):
        file.add(b"a record\n")
    with pytest.raises(OutputError, match="was removed or replaced"):
        file.close()


def test_the_size_of_an_unfinished_file_is_that_of_the_part_beside_its_place(tmp_path):
    path = tmp_path / "a [1].bag"
    assert size_so_far(path) == 0
    part = part_path(path)
    part.write_bytes(b"12345")
    part_path(tmp_path / "b.bag").write_bytes(b"another")
    assert size_so_far(path) == 5
    take_place(part, path)
    assert size_so_far(path) == 0
