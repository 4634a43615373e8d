"""The benchmark of forgetting, on a matrix made small."""

from dataclasses import replace

import pytest

from benchmarks.unlearning import MU, RECENCY, made, measure
from xdrec.data.domain import CrossDomain
from xdrec.interest import EASE, NextItem


@pytest.mark.parametrize(
    ("name", "model"), [("EASE", EASE(MU)), ("NextItem", NextItem(MU, RECENCY))]
)
def test_it_forgets_exactly(name, model):
    food = made(users=200, items=60, each=6)
    nothing = replace(food, name="nothing").with_interactions(food.interactions[:0])
    figures = measure(name, model, CrossDomain(nothing, food))
    assert figures["items"] == 60
    assert figures["largest difference in B"] < 1e-10
    assert figures["largest difference in scores"] < 1e-10
    assert figures["ratio, lazily"] > 0
