"""A file that was changed after its export is measured as the export was."""

from __future__ import annotations

import json

import pytest

from models.export import held_out
from tests.models.fakes import FakeSampler


def test_it_says_what_the_export_said(network, capsys):
    card = network.with_suffix(".json")
    exported = json.loads(card.read_text())["held_out"]
    card.write_text(json.dumps(json.loads(card.read_text()) | {"held_out": {}}))
    assert held_out.main(["--model", str(network), "--samples", str(exported["samples"])], FakeSampler) == 0
    said = json.loads(card.read_text())["held_out"]
    assert said.keys() == exported.keys()
    assert said == pytest.approx(exported, abs=0.01)
    assert json.dumps(said) in capsys.readouterr().out


def test_a_network_that_learned_from_something_else_is_left(network, capsys):
    card = network.with_suffix(".json")
    before = json.dumps(json.loads(card.read_text()) | {"training_data": "msra"})
    card.write_text(before)
    assert held_out.main(["--model", str(network)], FakeSampler) == 1
    assert "learned from rendered hands" in capsys.readouterr().err
    assert card.read_text() == before
