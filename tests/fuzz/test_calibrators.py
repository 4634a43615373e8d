"""A calibrator's file: read, or told what is wrong with it; what was read gives probabilities."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np

from tests.fuzz.hostile import holds, told
from tests.fuzz.test_saved import spoil
from xdrec.probability import Calibrator

FITTED = {"base": [0.5, 0.2], "mean": [0.0] * 3, "std": [1.0] * 3, "w": [0.1] * 4,
          "features": ["rank", "margin", "history"], "format": "xdrec calibrator", "version": 1,
          }  # fmt: skip


def calibrators(rng: Random, place: Path) -> None:
    file = place / "c.json"
    file.write_bytes(spoil(rng, "c.json", json.dumps(FITTED).encode()))
    read = told(lambda: Calibrator.load(file), file)
    if read is not None:
        scores, lists = np.array([[0.5, 0.2, 0.1]]), np.array([[0, 1]])
        chance = read.probability(scores, lists, np.array([3]))
        assert ((chance >= 0) & (chance <= 1)).all()


ENTRIES = {"calibrators": (calibrators, 120)}
test_calibrators = holds(calibrators, 100)
