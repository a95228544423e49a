"""The options with which commands name a public data set and the part of it that is meant."""

from __future__ import annotations

import argparse
from pathlib import Path

from models.data.dataset import Dataset
from models.data.registry import DATASETS


def add_root_options(group: argparse._ActionsContainer, more: str = "") -> None:
    """Adds --root and --subject; `more` is added to the help of the former."""
    group.add_argument("--root", type=Path, metavar="DIR", help=f"folder that holds the data set{more}")
    group.add_argument(
        "--subject",
        type=int,
        metavar="N",
        help="the subject (msra) or fold (cvar) that is left out of training and is the test (default: the first)",
    )


def chosen_dataset(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Dataset:
    """The data set of `options.data`; ends with a usage error without --root, or with a --subject that it lacks."""
    dataset = DATASETS[options.data]
    if options.root is None:
        parser.error(f"--data {dataset.name} needs --root too, the folder that holds {dataset.title}")
    if options.subject is not None and options.subject not in dataset.held_out:
        if not dataset.held_out:
            parser.error(f"--subject: {dataset.name} has a fixed test part, no subject to leave out")
        choices = f"{dataset.held_out[0]} to {dataset.held_out[-1]}"
        parser.error(f"--subject: {dataset.name} has {choices}, got {options.subject}")
    if options.subject is None and dataset.held_out:
        options.subject = dataset.held_out[0]
    return dataset
