"""Folders of language models: damaged ones are told by name, and nothing in one is ever run."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.numpy import load, save

from tests.fuzz.hostile import holds, told
from tests.fuzz.test_saved import spoil
from xdrec.encoders import LanguageModel
from xdrec.encoders.tiny import tiny_bert

TEXTS = ["green tea", "black tea", None]
CODE = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


@cache
def folder() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as place:
        tiny_bert(TEXTS, place, vocabulary=40, width=4, layers=1, heads=1, max_length=8)
        LanguageModel(place, device="cpu").save(place)
        return {file.name: file.read_bytes() for file in Path(place).iterdir()}


def language(rng: Random, place: Path) -> None:
    home = place / "model"
    shutil.rmtree(home, ignore_errors=True)  # of an attempt that failed
    home.mkdir()
    hit = rng.choice(sorted(folder()))
    for name, data in folder().items():
        (home / name).write_bytes(spoil(rng, name, data) if name == hit else data)
    found = told(lambda: LanguageModel(home, device="cpu").encode(TEXTS, cache=False), home)
    assert found is None or np.isfinite(found.vectors).all()
    shutil.rmtree(home)


def test_a_net_that_gives_no_numbers_is_named(tmp_path: Path) -> None:
    """Found at seed 1625: the error said that vectors hold NaN, and not whose."""
    for name, data in folder().items():
        (tmp_path / name).write_bytes(data)
    weights = load((tmp_path / "model.safetensors").read_bytes())
    broken = {name: np.full_like(each, np.nan) for name, each in weights.items()}
    (tmp_path / "model.safetensors").write_bytes(save(broken))
    with pytest.raises(ValueError, match=f"LanguageModel from {re.escape(str(tmp_path))} gave NaN"):
        LanguageModel(tmp_path, device="cpu").encode(TEXTS, cache=False)


def test_code_that_lies_in_the_folder_is_not_run(tmp_path: Path) -> None:
    for name, data in folder().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "theirs.py").write_text(CODE)
    for name in ("config.json", "tokenizer_config.json"):
        said = json.loads((tmp_path / name).read_bytes())
        said["auto_map"] = {each: "theirs.Theirs" for each in ("AutoConfig", "AutoModel")}
        said["auto_map"]["AutoTokenizer"] = ["theirs.Theirs", None]
        (tmp_path / name).write_text(json.dumps(said))
    told(lambda: LanguageModel(tmp_path, device="cpu").encode(TEXTS, cache=False), tmp_path)
    # Weights that are a pickle are not looked at, not even where there are no others.
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    assert told(lambda: LanguageModel(tmp_path, device="cpu").encode(TEXTS, cache=False)) is None
    assert not list(tmp_path.rglob("ran"))


ENTRIES = {"language": (language, 5)}
test_language = holds(language, 25)
