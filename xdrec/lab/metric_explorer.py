"""MetricExplorer: a ranked list under the reader's hand, and what each metric makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import traitlets
from scipy.stats import hypergeom

from xdrec.lab.base import Cards, LabWidget
from xdrec.metrics import ACCURACY

MEASURES = ("recall", "precision", "ndcg", "mrr")
LONGEST = 50  # rows that a hand still moves about
FEWEST, PLACES = 10, 60  # the grid of negatives: where it begins, how many places it has at most
COLOURS = 6
DECIMALS = 6


class MetricExplorer(LabWidget):
    """Drag the items of a list, mark what is relevant, set k: the metrics follow, with their sums.

    `items` is the catalogue (`item_id`, `title`, optional `image_path`), n rows. `ranking` are the
    ids of the list to begin with, best first, `relevant` those of all relevant items: Recall and
    NDCG count those as well that the list does not hold. `metrics()` are the functions of
    `xdrec.metrics` on that list; where nothing is relevant Recall and NDCG are NaN, 0 / 0.

    `models` adds a second panel, sampled against full ranking. It maps a name to the places r
    [users], 1 to n, that each user's held-out item has among all n under that model. When m of the
    n - 1 others are drawn, all alike likely and none twice, X of the r - 1 above it are among
    them, and the item is in the top k if X < k. X is hypergeometric, so one expects
    Recall@k = mean over users of P(X <= k - 1), X ~ Hypergeometric(n - 1, r - 1, m); at m = n - 1
    it is the Recall@k of the full ranking. The slider steps over a precomputed grid, 60 places at
    most, m from 10 (from 1 in a catalogue below 12) to n - 1, about evenly far apart by their
    logarithms. Curves are rounded to 6 decimals.

    `order`, `relevant`, `k` and `sampled`, the place on the grid, can be read, set and observed;
    `negatives` is m there. `sampled_recall()` is the table of the curves, `flips()` says where
    another model takes the lead.

    Raises ValueError for unknown or repeated items, an order that is not the ranking's items, a
    list of none or of more than 50, a k beyond it, a place that the grid does not have, and ranks
    that are no whole numbers from 1 to n, or not as many for each of 2 to 6 models.
    Source: Krichene and Rendle, KDD 2020. Book: the gallery.

    >>> items = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Cup", "Pan", "Salt"]})
    >>> lab = MetricExplorer(items, ["a", "b", "c"], ["b", "d"], k=2,
    ...                      models={"bold": [1, 4], "dull": [3, 3]})
    >>> lab.metrics()["recall"], lab.metrics()["mrr"]
    (0.5, 0.5)
    >>> lab.order = ["b", "a", "c"]
    >>> lab.metrics()["mrr"]
    1.0
    >>> lab.sampled_recall().rows()  # of 1, 2 and all 3 others
    [(1, 1.0, 1.0), (2, 0.5, 0.666667), (3, 0.5, 0.0)]
    >>> lab.flips()
    [3]
    """

    script = "metric_explorer"
    steers = "order"
    state = ("order", "relevant", "k", "sampled", "data", "language")

    order = traitlets.List(traitlets.Unicode()).tag(sync=True)
    relevant = traitlets.List(traitlets.Unicode()).tag(sync=True)
    k = traitlets.Int(10).tag(sync=True)
    sampled = traitlets.Int(0).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        items: pl.DataFrame,
        ranking: Sequence[str],
        relevant: Sequence[str],
        *,
        k: int = 10,
        models: Mapping[str, Any] | None = None,
    ) -> None:
        cards = Cards(items)
        self._row = {item: at for at, item in enumerate(items["item_id"])}
        self._listed = self._known(ranking, "ranking")
        if not 0 < len(self._listed) <= LONGEST:
            raise ValueError(f"ranking of {len(self._listed)} items: expected 1 to {LONGEST}")
        self._grid = _grid(len(items)) if models is not None else np.array([], int)
        drawn = _curves(models or {}, self._grid, len(items), len(self._listed))
        start = {"order": self._listed, "relevant": list(relevant), "k": k,
                 "sampled": max(len(self._grid) - 1, 0)}  # fmt: skip
        super().__init__(**start)
        self.data = {
            "items": cards.of(self._row[item] for item in self._listed),
            "start": start,
            "negatives": self._grid.tolist(),
            "models": drawn,
            "turns": [_turns([m["recall"][at] for m in drawn]) for at in range(len(self._listed))],
        }

    def metrics(self) -> dict[str, float]:
        """Recall, Precision, NDCG and MRR of the first k places, as `xdrec.metrics` has them."""
        hits = np.array([[item in self.relevant for item in self.order[: self.k]]])
        with np.errstate(invalid="ignore"):  # 0 / 0 where nothing is relevant
            found = {m: ACCURACY[m](hits, np.array([len(self.relevant)])) for m in MEASURES}
        return {m: float(value[0]) for m, value in found.items()}

    @property
    def negatives(self) -> int | None:
        """m, the number of sampled negatives at the present place; None without models."""
        return int(self._grid[self.sampled]) if len(self._grid) else None

    def sampled_recall(self) -> pl.DataFrame:
        """Expected Recall@k, for the present k: `negatives` and one column a model."""
        curves = {model["name"]: model["recall"][self.k - 1] for model in self.data["models"]}
        return pl.DataFrame({"negatives": pl.Series(self._grid, dtype=pl.Int64)} | curves)

    def flips(self) -> list[int]:
        """The numbers of negatives at which another model takes the lead than had it before."""
        return [int(self._grid[at]) for at in self.data["turns"][self.k - 1]]

    @traitlets.validate("order")
    def _valid_order(self, proposal: Any) -> list[str]:
        order = self._known(proposal["value"], "order")
        if set(order) != set(self._listed):
            raise ValueError(f"order={order}: expected the items of the ranking, {self._listed}")
        return order

    @traitlets.validate("relevant")
    def _valid_relevant(self, proposal: Any) -> list[str]:
        return self._known(proposal["value"], "relevant")

    @traitlets.validate("k")
    def _valid_k(self, proposal: Any) -> int:
        if not 1 <= proposal["value"] <= len(self._listed):
            raise ValueError(f"k={proposal['value']}: expected 1 to {len(self._listed)}, the list")
        return int(proposal["value"])

    @traitlets.validate("sampled")
    def _valid_sampled(self, proposal: Any) -> int:
        last = max(len(self._grid) - 1, 0)
        if not 0 <= proposal["value"] <= last:
            raise ValueError(f"sampled={proposal['value']}: expected a place, 0 to {last}")
        return int(proposal["value"])

    def _known(self, ids: Sequence[str], name: str) -> list[str]:
        ids = list(ids)
        strange = [item for item in ids if item not in self._row]
        if strange:
            raise ValueError(f"{name}: items {strange[:3]} are not in the items table")
        if len(set(ids)) != len(ids):
            raise ValueError(f"{name}: an item stands there twice; expected each once")
        return ids


def _grid(n: int) -> np.ndarray:
    """Numbers of negatives from few to all of them."""
    if n < 2:
        raise ValueError(f"a catalogue of {n} items has no negatives to sample; expected 2 or more")
    first = FEWEST if n - 1 > FEWEST else 1
    return np.unique(np.geomspace(first, n - 1, PLACES).round().astype(int))


def _curves(models: Mapping[str, Any], grid: np.ndarray, n: int, most: int) -> list[dict[str, Any]]:
    """Each model's expected Recall@k at each place of the grid, for k = 1 to `most`."""
    if len(grid) and not 2 <= len(models) <= COLOURS:
        raise ValueError(f"{len(models)} models: expected 2 to {COLOURS} to be compared")
    given = {str(name): np.asarray(ranks) for name, ranks in models.items()}
    if "negatives" in given:
        raise ValueError("a model is named 'negatives', as the table's first column; rename it")
    if len({ranks.shape for ranks in given.values()}) > 1:
        raise ValueError("models: expected as many ranks, of the same users, for each")
    drawn = []
    for name, ranks in given.items():
        whole = ranks.ndim == 1 and len(ranks) and np.issubdtype(ranks.dtype, np.integer)
        if not whole or ranks.min() < 1 or ranks.max() > n:
            raise ValueError(f"ranks of {name!r}: expected whole numbers [users], 1 to {n}")
        places, users = np.unique(ranks, return_counts=True)
        # [k, ranks, grid]: P(X = 0), P(X = 1) ..., summed up to k - 1.
        above = hypergeom(n - 1, places[:, None] - 1, grid)
        inside = np.cumsum([above.pmf(x) for x in range(most)], axis=0)
        recall = np.einsum("r,krm->km", users / users.sum(), inside)
        drawn.append({"name": name, "recall": np.round(recall, DECIMALS).tolist()})
    return drawn


def _turns(curves: list[list[float]]) -> list[int]:
    """The places of the grid where another leads than before; where the best are level, nobody."""
    leader: int | None = None
    turns: list[int] = []
    for place, values in enumerate(zip(*curves, strict=True)):
        best = [at for at, value in enumerate(values) if value == max(values)]
        if len(best) == 1 and best[0] != leader:
            turns += [] if leader is None else [place]
            leader = best[0]
    return turns
