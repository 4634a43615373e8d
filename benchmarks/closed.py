"""The closed form against its textbook: every λ by one eigendecomposition, and EASE by users.

Each pair must give the same numbers before it is timed (`benchmarks.bench`).
"""

from __future__ import annotations

import numpy as np

from benchmarks.times import Times, in_turn
from xdrec.closed_form import ItemItemPath, item_item
from xdrec.data import make_world
from xdrec.interest import EASE

LAMBDAS = np.geomspace(1, 1e4, 20)
MU = 10.0


def path(items: int = 800, rounds: int = 5) -> Times:
    """B of 20 λ along one path, against a solve for each."""
    rng = np.random.default_rng(0)
    x = (rng.random((2 * items, items)) < 0.03).astype(float)
    gram, anchor = x.T @ x, rng.random((items, items)) / items

    def ours() -> list[np.ndarray]:
        solved = ItemItemPath(gram, gram, MU, anchor, single=True)
        return list(solved.along(list(LAMBDAS)))

    def theirs() -> list[np.ndarray]:
        return [item_item(gram, gram, MU, float(lam), anchor) for lam in LAMBDAS]

    for mine, other in zip(ours(), theirs(), strict=True):
        assert np.linalg.norm(mine - other) <= 1e-4 * np.linalg.norm(other)
    return in_turn(ours, theirs, rounds)


def by_users(users: int = 500, items: int = 3000, rounds: int = 5) -> Times:
    """EASE's fit and everybody's scores where items outnumber users, against B by an inverse."""
    known = make_world(users=users, items=items, images=False, sparsity=0.99).cross(
        "books", "films"
    )
    who = known.users.to_list()

    def ours() -> np.ndarray:
        return EASE(mu=MU, form="users").fit(known).score(who)

    def theirs() -> np.ndarray:
        return EASE(mu=MU, form="items").fit(known).score(who)

    np.testing.assert_allclose(ours(), theirs(), atol=1e-4)
    return in_turn(ours, theirs, rounds)
