"""Every widget has a `value`, as those of ipywidgets have: read, set, observed, linked, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import polars as pl
import pytest
import traitlets
from PIL import Image

from xdrec.encoders.crossmodal import Association
from xdrec.lab import (
    AttentionView,
    FusionMixer,
    InterestMap,
    LambdaDial,
    MetricExplorer,
    ReasonView,
    StrategyCompass,
    StreamView,
    WorldBuilder,
)
from xdrec.lab.base import LabWidget
from xdrec.transfer import Path
from xdrec.transfer.advice import Facts

ITEMS = pl.DataFrame({"item_id": list("abc"), "title": ["Tea", "Cup", "Pan"]})
FACTS = Facts(20, 300, 20, 900, 1.0, 0.5, 0.9, 0.5, 0.5)


def looking(tmp_path: Any) -> AttentionView:
    Image.new("RGB", (40, 20), "teal").save(tmp_path / "tea.png")
    maps = np.array([[[0.25, 0.75]], [[0.5, 0.5]]])
    seen = Association(np.ones((1, 2)), [["green", "tea"]], [np.array([0.9, 0.1])], [maps])
    return AttentionView(seen, [tmp_path / "tea.png"])


def dial(_: Any) -> LambdaDial:
    table = pl.DataFrame({"lam": [0.0, 1.0, np.inf], "drift": [3.0, 1.0, 0.0]})
    return LambdaDial(Path(table, {}), ITEMS)


def mixer(_: Any) -> FusionMixer:
    return FusionMixer({"text": [0.9, 0.5, 0.1], "image": [0.0, 2.0, 5.0]}, ITEMS)


# How each is made, what it can be set to, what that reads as, and what it refuses.
CASES: list[tuple[Callable[[Any], LabWidget], Any, Any, Any]] = [
    (looking, 1, 1, 7),
    (dial, 1.1, 1.0, -1),
    (mixer, {"text": 1, "image": 3}, {"text": 0.25, "image": 0.75}, {"text": 1}),
    (lambda _: InterestMap(np.eye(3) + 0.1, ITEMS, {"ann": ["a", "b"]}), ["b"], ["b"], ["z"]),
    (lambda _: MetricExplorer(ITEMS, list("abc"), ["a"], k=2), list("cab"), list("cab"), ["a"]),
    (lambda _: ReasonView({"ann": np.ones((1, 3))}, ITEMS, {"ann": ["a"]}), ["a"], ["a"], ["z"]),
    (lambda _: WorldBuilder(people=40, items=40), {"gap": 1.0}, None, {"gap": 7}),
    (lambda _: StreamView(np.eye(3), ITEMS), [["a", "view"]], [["a", "view"]], [["z", "view"]]),
    (lambda _: StrategyCompass(FACTS), {"shared": 0}, None, {"shared": -1}),
]


@pytest.mark.parametrize(("make", "given", "read", "wrong"), CASES)
def test_value(
    make: Callable[[Any], LabWidget], given: Any, read: Any, wrong: Any, tmp_path: Any
) -> None:
    widget, seen = make(tmp_path), []
    start = widget.value
    assert start == getattr(widget, widget.steers)
    widget.observe(lambda change: seen.append(change["new"]), "value")
    if widget.steers in ("settings", "facts"):  # those given; the rest stay
        given, wrong, read = start | given, start | wrong, start | given
    widget.value = given
    assert widget.value == read == getattr(widget, widget.steers)
    assert seen == [read]
    with pytest.raises((ValueError, traitlets.TraitError)):
        widget.value = wrong
    assert widget.value == read == getattr(widget, widget.steers)
    if widget.steers != "value":
        setattr(widget, widget.steers, start)
        assert widget.value == start
    assert "value" not in widget.keys  # it never travels to the page


def test_linked_by_their_value() -> None:
    one, other = mixer(None), mixer(None)
    ipywidgets.link((one, "value"), (other, "value"))
    other.value = {"text": 1, "image": 0}
    assert one.alpha == {"text": 1, "image": 0}
