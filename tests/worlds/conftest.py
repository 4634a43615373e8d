"""One small world for all tests of this folder; covers go to a folder of the test session."""

from __future__ import annotations

from pathlib import Path

import pytest

from xdrec.data.worlds import World, make_world


@pytest.fixture(scope="session")
def covers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("covers")


@pytest.fixture(scope="session")
def world(covers: Path) -> World:
    """The defaults, with covers."""
    return make_world(folder=covers)
