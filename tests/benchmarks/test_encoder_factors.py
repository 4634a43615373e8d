"""What covers and texts tell of the truth: figures on a small world, the bars on the frozen one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import encoder_factors
from benchmarks.encoder_factors import image_figures, main, text_figures


def r2(figures: dict[str, Any], encoder: str, domain: str, taught: bool) -> list[float]:
    wanted = {"encoder": encoder, "domain": domain, "taught": taught}
    return [line["r2"] for line in figures["lines"] if line | wanted == line]


def domains(figures: dict[str, Any]) -> Iterable[tuple[str, float]]:
    return [(line["domain"], line["ceiling"]) for line in figures["ceilings"]]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    world = {"users": 20, "items": 60, "sparsity": 0.9, "domains": ("books", "films"), "seed": 5}
    monkeypatch.setattr(encoder_factors, "FACTORS", world)
    monkeypatch.setattr(encoder_factors, "HELD_OUT", 20)
    monkeypatch.setattr(encoder_factors, "IMAGE_PLAN", {"epochs": 1, "batch_size": 16})
    monkeypatch.setattr(encoder_factors, "TEXT_PLAN", {"epochs": 1, "batch_size": 16})
    monkeypatch.setattr(encoder_factors, "DOCUMENT_SIZE", (32, 24))


def test_the_figures_on_a_small_world(small: None) -> None:
    figures = image_figures(seeds=(3,))
    assert [name for name, _ in domains(figures)] == ["books", "films"]
    for name, ceiling in domains(figures):
        for encoder in ("residual CNN", "documents' CNN"):
            for taught in (False, True):
                (found,) = r2(figures, encoder, name, taught)
                assert found < ceiling < 1
    taught = [line for line in figures["lines"] if line["taught"]]
    assert all(0 <= line["accuracy"] <= 1 and line["seed"] == 3 for line in taught)


def test_the_figures_of_texts_on_a_small_world(small: None) -> None:
    figures = text_figures(seeds=(3,))
    kinds = {(line["encoder"], *line["fields"]) for line in figures["lines"]}
    assert len(kinds) == 6
    assert len(figures["lines"]) == 12
    for name, ceiling in domains(figures):
        assert all(line["r2"] < ceiling < 1 for line in figures["lines"] if line["domain"] == name)


def test_one_part_leaves_the_others_in_the_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("xdrec.records.FOLDER", tmp_path)
    monkeypatch.setattr(encoder_factors, "RECORD", "trial")
    parts = {"image": lambda: {"lines": [1]}, "other": lambda: {"lines": [2]}}
    monkeypatch.setattr(encoder_factors, "PARTS", parts)
    main([])
    parts["image"] = lambda: {"lines": [3]}
    main(["image"])
    found = encoder_factors.read_record("trial")
    assert (found["image"], found["other"]) == ({"lines": [3]}, {"lines": [2]})
    with pytest.raises(SystemExit, match="no part"):
        main(["sound"])


@pytest.mark.long
def test_the_cnn_reaches_85_percent_of_the_ceiling_and_the_documents_own_does_not() -> None:
    """Of both domains together: of the books alone it stays below (81.8 % in the record)."""
    figures = image_figures(seeds=(0,))
    ceiling = sum(each for _, each in domains(figures))

    def both(encoder: str, taught: bool) -> float:
        return sum(r2(figures, encoder, name, taught)[0] for name, _ in domains(figures))

    own = both("residual CNN", True)
    assert own >= 0.85 * ceiling
    for taught in (False, True):
        assert both("documents' CNN", taught) <= own - 0.05 * ceiling


@pytest.mark.long
def test_the_lstm_reaches_85_percent_of_the_ceiling_and_the_documents_own_does_not() -> None:
    figures = text_figures(seeds=(0,))
    for name, ceiling in domains(figures):
        both = r2(figures, "LSTM", name, True)  # of descriptions, of titles and descriptions
        assert min(both) >= 0.85 * ceiling
        assert max(r2(figures, "documents' LSTM", name, True)) < 0.75 * min(both)
