"""The record of costs: its form, what it is made of, and that what cannot be otherwise is so."""

import numpy as np
import pytest

from benchmarks import cost
from xdrec.compact import KINDS
from xdrec.cost import Spent
from xdrec.data import make_world
from xdrec.encoders import LanguageModel, TextRNN
from xdrec.records import read_record

TEXTS = ["green tea", "black tea", "a steel screw", None]


@pytest.fixture(scope="module")
def record():
    return read_record("cost")


def test_eight_bits_say_nearly_the_same():
    said, short = (
        kind(precision="float32").encode(TEXTS, cache=False)
        for kind in (LanguageModel, cost.EightBits)
    )
    assert ((said.vectors * short.vectors).sum(axis=1)[:3] > 0.9).all()
    assert not np.array_equal(said.vectors, short.vectors)
    assert short.present.tolist() == [True, True, True, False]


def test_a_row_has_what_was_spent():
    encoder = TextRNN.of(TEXTS * 2, hidden=4, device="cpu")
    line, f = cost.row("x", encoder, Spent(5, 9, 7_000_000_000), TEXTS, learning=3)
    assert line["teach"] == 5
    assert line["peak"] == 7000
    assert line["weights"] == encoder.parameters
    assert f.vectors.shape == (4, 8)


def test_a_judge_tells_the_truth_s_own_vectors_from_chance():
    world = make_world(60, 40, overlap=1.0, sparsity=0.8, gap=0.0, images=False, seed=1)
    judge = cost.Judge(world)
    factors = np.concatenate([world.truth[d].item_factors for d in ("films", "books")])
    chance = np.random.default_rng(0).standard_normal(factors.shape)
    told, guessed = (judge(cost.Features.of(x)) for x in (factors, chance))
    assert told["ndcg"] > guessed["ndcg"] + 0.1


def test_means_and_errors_over_worlds():
    runs = [
        [{"name": "a", "ndcg": ndcg, "width": 8, "peak": peak}]
        for ndcg, peak in ((0.2, 7.0), (0.4, 5.0))
    ]
    # The standard deviation of 0.2 and 0.4 is 0.1414, over the root of two 0.1.
    assert cost.over_seeds(runs) == [
        {"name": "a", "ndcg": pytest.approx(0.3), "width": 8, "peak": 7.0,
         "error": pytest.approx(0.1)}
    ]  # fmt: skip
    assert cost.over_seeds(runs[:1])[0]["error"] == 0


def test_the_record_has_every_figure(record):
    assert record["made"]["world"] == cost.WORLD
    assert record["made"]["threads"] == 1
    assert record["made"]["cpu_s"] <= 600
    for part in ("encoders", "vectors", "strategies"):
        for line in record[part]:
            numbers = [x for x in line.values() if isinstance(x, int | float)]
            assert np.isfinite(numbers).all()
            assert min(numbers) >= 0
            assert 0 < line["ndcg"] <= 1
    names = [line["name"] for line in record["encoders"] + record["strategies"]]
    assert len(names) == len(set(names))


def test_the_record_of_vectors_is_whole(record):
    lines = {(x["width"], x["cut"], x["kind"]): x for x in record["vectors"]}
    assert set(lines) == {(w, "principal", k) for w in cost.WIDTHS for k in KINDS} | {
        (w, "first", "float32") for w in cost.WIDTHS
    }
    for (width, _, kind), line in lines.items():
        assert line["bytes"] == width * {"float32": 4, "bfloat16": 2, "int8": 1}[kind]
    assert lines[384, "first", "float32"]["overlap"] == 1
