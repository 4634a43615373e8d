"""A full disk, Ctrl-C, no permission, a clock set back: what was there before is still there."""

from __future__ import annotations

import builtins
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.model.letters import Letters
from xdrec.data import make_world
from xdrec.data.cache import write_whole
from xdrec.encoders import TextRNN
from xdrec.pipeline import Pipeline

TROUBLE = {
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "forbidden": PermissionError(errno.EACCES, "Permission denied"),
    "Ctrl-C": KeyboardInterrupt(),
}


class Trouble:
    """Writing fails the n-th time: bytes of a file, a file's new name, or a table."""

    def __init__(self, patch: pytest.MonkeyPatch, error: BaseException, nth: int) -> None:
        self.error, self.left = error, nth
        for where, name in ((Path, "write_bytes"), (os, "replace")):
            patch.setattr(where, name, self.counted(getattr(where, name)))

    def counted(self, work: Any) -> Any:
        def working(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                if work.__name__ == "write_bytes":  # half of it is on the disk already
                    with builtins.open(args[0], "wb") as half:
                        half.write(args[1][: len(args[1]) // 2])
                raise self.error
            return work(*args, **options)

        return working


def files(folder: Path) -> dict[str, bytes]:
    kept = (f for f in sorted(folder.rglob("*")) if f.is_file() and ".lock" not in f.name)
    return {str(f.relative_to(folder)): f.read_bytes() for f in kept}


def letters(value: float) -> Letters:
    encoder = Letters(device="cpu")
    encoder.net.out.bias.data.fill_(value)
    return encoder


@pytest.mark.parametrize("error", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_the_old_model_is_there_after_a_save_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, nth: int
) -> None:
    letters(1.0).save(tmp_path)
    before = files(tmp_path)
    with monkeypatch.context() as patch:
        Trouble(patch, error, nth)
        with pytest.raises(type(error)):
            letters(2.0).save(tmp_path)
    assert files(tmp_path) == before, "the old one, and no litter"
    assert (Letters.load(tmp_path, device="cpu").net.out.bias == 1).all()


def test_halves_of_two_models_do_not_pass_for_one(tmp_path: Path) -> None:
    """Ctrl-C between the two renamings, which are all that is left once both files are written."""
    letters(1.0).save(tmp_path / "one")
    Letters(width=6, device="cpu").save(tmp_path / "two")
    (tmp_path / "two/encoder.json").replace(tmp_path / "one/encoder.json")
    with pytest.raises(ValueError, match="one is damaged: its bytes are not those"):
        Letters.load(tmp_path / "one", device="cpu")


@pytest.mark.parametrize("error", TROUBLE.values(), ids=TROUBLE.keys())
def test_the_old_pipeline_is_there_whenever_a_save_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    both = make_world(users=20, items=12, sparsity=0.7, images=False).cross("books", "films")
    text = TextRNN.of(both.target.texts(), hidden=2, embedding=2, device="cpu")
    pipeline = Pipeline({"text": text}, h="ItemKNN", settings={"k": 3})
    pipeline.fit(both.source, both.target).save(tmp_path)
    before, nth = files(tmp_path), 0
    pipeline.settings = {"k": 5}
    while True:
        nth += 1
        with monkeypatch.context() as patch:
            trouble = Trouble(patch, error, nth)
            try:
                pipeline.save(tmp_path)
            except type(error):
                assert files(tmp_path) == before
                assert Pipeline.load(tmp_path).settings == {"k": 3}
                continue
        assert trouble.left > 0, "an error that nobody was told"
        break
    assert nth > 6
    assert Pipeline.load(tmp_path).settings == {"k": 5}
    assert len(list(tmp_path.glob("parts-*"))) == 1


@pytest.mark.parametrize("error", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("nth", [1, 2])
def test_a_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, nth: int
) -> None:
    write_whole(tmp_path / "a", b"old")
    with monkeypatch.context() as patch:
        Trouble(patch, error, nth)
        with pytest.raises(type(error)):
            write_whole(tmp_path / "a", b"new")
    assert files(tmp_path) == {"a": b"old"}
