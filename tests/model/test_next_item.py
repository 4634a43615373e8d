"""The next-item ridge, by hand and against a world that has a direction."""

import numpy as np
import pytest

from tests.model.small import domain
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.interest import EASE, NextItem
from xdrec.interest.next_item import examples

SOURCE = domain("s", [("a", "q")])


def shop(rows, **columns):
    return CrossDomain(SOURCE, domain("t", rows, items=list("xyz"), **columns))


def test_one_direction_only():
    """Two people take x then y. y follows x, and x does not follow y."""
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x"), ("d", "y")]
    known = shop(rows, position=[0, 1, 0, 1, 0, 0])
    scores = NextItem(mu=1.0).fit(known).score(["c", "d"])
    assert scores[0].tolist() == pytest.approx([0, 2 / 3, 0])  # G_xx = 2, Q_xy = 2, μ = 1
    assert scores[1].tolist() == [0, 0, 0]
    backwards = NextItem(mu=1.0, back=0.5).fit(known).score(["d"])[0]
    assert backwards.tolist() == pytest.approx([1, 0, 0])  # G_yy = 0: Q_yx = 0.5 · 2, over μ


def test_items_of_one_moment_are_before_each_other():
    z, _ = examples(shop([("a", "x"), ("a", "y"), ("a", "z")], timestamp=[5, 5, 9]).target, 0.5)
    # z is newest: x and y lie one and two events back, but are tied, so both count as the nearer.
    assert z.toarray().tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_ages_count_ties_once_and_recency_fades():
    known = shop([("a", "x"), ("a", "y"), ("a", "z")], timestamp=[1, 2, 3])
    z, y = examples(known.target, 0.5)
    assert (z @ z.T).toarray().tolist() == [[1.25, 0.5, 0], [0.5, 1, 0], [0, 0, 0]]
    assert y.toarray().argmax(axis=1).tolist() == [2, 1, 0]


def test_a_history_fades_by_days():
    """x ten days before y: with τ = 10 it weighs half of what the order alone leaves it."""
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")]
    known = shop(rows, timestamp=[0, 864_000, 0, 864_000])
    plain, faded = (NextItem(1.0, 0.5, half_days=days).fit(known) for days in (None, 10))
    assert faded.score(["a"])[0, 2] == pytest.approx(plain.score(["a"])[0, 2] / 2)


def test_days_need_timestamps():
    with pytest.raises(DataError, match="no timestamps"):
        NextItem(half_days=30).fit(shop([("a", "x"), ("a", "y")]))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mu": 0}, "finite ridge"),
        ({"recency": 0}, "a γ in"),
        ({"back": 2}, "a ρ in"),
        ({"half_days": 0}, "days > 0"),
    ],
)
def test_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        NextItem(**options)


def test_where_order_tells_it_beats_what_goes_together():
    """Everybody walks the same circle of items; of newcomers one step is known."""
    rng, n = np.random.default_rng(0), 30
    walks = {f"u{user:03}": (rng.integers(n), 6) for user in range(200)}
    walks |= {f"v{item:02}": (item, 1) for item in range(n)}
    steps = [
        (u, (start + step) % n, step) for u, (start, of) in walks.items() for step in range(of)
    ]
    rows = [(user, f"i{item:02}") for user, item, _ in steps]
    known = CrossDomain(SOURCE, domain("t", rows, position=[step for *_, step in steps]))

    def right(model):
        scores = model.fit(known).score([f"v{item:02}" for item in range(n)])
        return (scores.argmax(axis=1) == (np.arange(n) + 1) % n).mean()

    assert right(NextItem(mu=1.0, recency=0.3)) == 1
    assert right(EASE(1.0)) < 0.7  # forwards or backwards: it cannot tell
