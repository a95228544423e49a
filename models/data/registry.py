"""The public data sets by the names they have on the command line."""

from __future__ import annotations

from models.data.bighand import BIGHAND
from models.data.cvar import CVAR
from models.data.dataset import Dataset
from models.data.dexycb import DEXYCB
from models.data.fpha import FPHA
from models.data.hands2017 import HANDS2017
from models.data.hands2019 import HANDS2019
from models.data.icvl import ICVL
from models.data.itop import ITOP_FRONT, ITOP_TOP
from models.data.labelled_folder import LABELLED_FOLDER
from models.data.msra import MSRA
from models.data.nyu import NYU

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *(ICVL, NYU, MSRA, HANDS2017, HANDS2019, BIGHAND, FPHA, DEXYCB),
        *(ITOP_FRONT, ITOP_TOP, CVAR, LABELLED_FOLDER),
    )
}
