"""The cache when writing fails, may not be written, or the clock is set back."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from tests.fuzz.rights import read_only
from tests.fuzz.test_interrupted import TROUBLE, Trouble, files
from xdrec.cache import info, remembered
from xdrec.data.cache import made_whole
from xdrec.runs import past_runs

KINDS = {"a": (np.float32, (3,))}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    monkeypatch.delenv("XDREC_CACHE_GB", raising=False)
    return tmp_path / "features"


def ask(key: str, value: float = 1.0) -> np.ndarray:
    return remembered(key, lambda: {"a": np.full(3, value, np.float32)}, KINDS)["a"]


@pytest.mark.parametrize("name", TROUBLE)
@pytest.mark.parametrize("nth", [1, 2])
def test_what_was_stored_stays_and_what_was_not_is_no_obstacle(
    cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, nth: int
) -> None:
    ask("old")
    before = files(cache)
    with monkeypatch.context() as patch:
        Trouble(patch, TROUBLE[name], nth)
        if name == "Ctrl-C":
            with pytest.raises(KeyboardInterrupt):
                ask("new")
        else:
            with pytest.warns(UserWarning, match="features are not kept in"):
                assert (ask("new") == 1).all()
    assert files(cache) == before
    assert (ask("new", 2.0) == 2).all(), "nothing of the failed one was believed"


# Rights are taken away by chmod, and from root by seteuid: Windows has neither.
@pytest.mark.skipif(os.name != "posix", reason="needs the rights of POSIX")
def test_a_cache_that_may_only_be_read_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as place:  # one that others may look into, unlike pytest's own
        Path(place).chmod(0o755)
        monkeypatch.setenv("XDREC_CACHE", place)
        ask("old")
        ask("older")
        with read_only(Path(place, "features")):
            assert (ask("old", 2.0) == 1).all()
            with pytest.warns(UserWarning, match="features are not kept in"):
                assert (ask("new") == 1).all()
            # More than the limit, and nothing can go: no obstacle either.
            monkeypatch.setenv("XDREC_CACHE_GB", f"{info()['bytes'] / 1.5e9}")
            with pytest.warns(UserWarning, match="features are not kept in"):
                assert (ask("new") == 1).all()
        assert info()["files"] == 2


def test_a_clock_set_back_costs_time_and_never_data(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the future are neither lost nor kept for ever, and what was just made stays."""
    ask("future")
    size = info()["bytes"]
    ahead = time.time() + 10 * 365 * 86400
    os.utime(cache / "future.safetensors", (ahead, ahead))
    (cache / ".half-future").mkdir()
    os.utime(cache / ".half-future", (ahead, ahead))
    assert (ask("future", 2.0) == 1).all()
    os.utime(cache / "future.safetensors", (ahead, ahead))
    monkeypatch.setenv("XDREC_CACHE_GB", str(1.5 * size / 1e9))
    assert (ask("now", 3.0) == 3).all()
    assert (ask("now", 4.0) == 3).all(), "what was made last is kept, whatever the clock says"
    assert info()["files"] == 1
    assert not (cache / ".half-future").exists()


def test_runs_are_told_apart_by_what_they_are_and_not_by_when(tmp_path: Path) -> None:
    run = ('{"made": "%s", "model": "%s", "split": "s", "k": 5, "settings": {}, "figures": {"all": '
           '{"users": 1, "recall": %s, "low": 0, "high": 1}}}')  # fmt: skip
    for name, made, recall in (("later", "2030-01-01", 0.1), ("earlier", "1970-01-01", 0.2)):
        (tmp_path / f"{name}.json").write_text(run % (made, name, recall))
        os.utime(tmp_path / f"{name}.json", (0, 0))
    assert past_runs(tmp_path)["model"].to_list() == ["earlier", "later"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("full")])
def test_a_folder_is_the_old_one_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def make(text: str, fail: BaseException | None = None) -> None:
        with made_whole(tmp_path / "t") as new:
            new.mkdir()
            (new / "a").write_text(text)
            if fail is not None:
                raise fail

    make("old")
    with pytest.raises(type(error)):
        make("new", error)
    assert files(tmp_path / "t") == {"a": b"old"}
    rename, calls = Path.rename, []

    def second(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise error
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", second)
        with pytest.raises(type(error)):
            make("new")
    assert files(tmp_path / "t") == {"a": b"old"}, "put back where the last renaming fails"
