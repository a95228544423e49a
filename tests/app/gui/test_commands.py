"""What the search over the menus finds."""

from types import SimpleNamespace

from app.gui.commands import Command, matching

COMMANDS = [
    Command(path, SimpleNamespace())
    for path in ("File, Open recording…", "View, From above", "View, Panels, Joint angles", "Help, Above all")
]


def found(typed: str) -> list[str]:
    return [command.path for command in matching(COMMANDS, typed)]


def test_every_word_has_to_be_there_in_any_order_and_case():
    assert found("ANGLE view") == ["View, Panels, Joint angles"]
    assert found("above angles") == []


def test_what_begins_with_the_words_comes_first():
    assert found("above")[0] == "View, From above"
    assert found("oint") == ["View, Panels, Joint angles"]
    assert found("ve") == ["View, From above", "Help, Above all"]


def test_nothing_typed_finds_everything_in_order():
    assert found("") == [command.path for command in COMMANDS]
