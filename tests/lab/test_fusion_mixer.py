"""FusionMixer from Python: what it refuses, what it ships, and the list it says it shows."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xdrec.fusion.late import late_fusion
from xdrec.lab import FusionMixer
from xdrec.lab.static import static_form

ITEMS = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Cup", "Pan", None]})
TEXT = np.array([[4.0, 2.0, 0.0, 1.0], [0.0, 1.0, 2.0, 4.0]])
BEHAVIOUR = np.array([[0.0, 5.0, 10.0, 1.0], [3.0, 3.0, 3.0, 3.0]])


def mixer(**more: object) -> FusionMixer:
    given = {"users": ["ada", "ben"], "k": 3} | more
    return FusionMixer({"text": TEXT, "behaviour": BEHAVIOUR}, ITEMS, **given)


def test_ranking_by_hand() -> None:
    # ada, normalized: text 1, .5, 0, .25; behaviour 0, .5, 1, .1. Half and half: .5 .5 .5 .175.
    table = mixer().ranking({"text": 0.5, "behaviour": 0.5})
    assert table["title"].to_list() == ["Tea", "Cup", "Pan"]  # equals, in catalogue order
    assert table["score"].to_list() == [0.5, 0.5, 0.5]
    table = mixer().ranking({"text": 1, "behaviour": 3})
    assert table["title"].to_list() == ["Pan", "Cup", "Tea"]
    assert table["score"].to_list() == [0.75, 0.5, 0.25]
    assert table["text"].to_list() == [0.0, 0.125, 0.25]
    assert table["behaviour"].to_list() == [0.75, 0.375, 0.0]


def test_a_modality_without_an_opinion_counts_nothing_and_a_missing_title_is_the_id() -> None:
    table = mixer().ranking(user="ben")
    assert table["title"].to_list() == ["d", "Pan", "Cup"]
    assert table["behaviour"].to_list() == [0, 0, 0]


def test_items_at_minus_infinity_are_never_listed() -> None:
    text = TEXT.copy()
    text[0, 0] = -np.inf
    shown = FusionMixer({"text": text, "behaviour": BEHAVIOUR}, ITEMS, k=4)
    assert shown.ranking()["item_id"].to_list() == ["b", "c", "d"]
    # Normalized without it: text 1, 0, .5 and behaviour 4/9, 1, 0 for b, c, d.
    assert shown.ranking({"text": 1, "behaviour": 0})["item_id"].to_list() == ["b", "d", "c"]


def test_together_by_hand() -> None:
    # ada: text 4 2 0 1 has range 4, behaviour 0 5 10 1 has 10: both are divided by 10.
    table = mixer(scale="together").ranking({"text": 0.5, "behaviour": 0.5})
    assert table["title"].to_list() == ["Pan", "Cup", "Tea"]
    assert table["text"].to_list() == [0.0, 0.1, 0.2]
    assert table["behaviour"].to_list() == [0.5, 0.25, 0.0]


@st.composite
def whole_scores(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers [modalities, items], in units that may differ much, and who may be listed."""
    modalities, n = draw(st.integers(2, 4)), draw(st.integers(1, 25))
    sizes = [draw(st.sampled_from([3, 100, 100_000])) for _ in range(modalities)]
    rows = [draw(st.lists(st.integers(-a, a), min_size=n, max_size=n)) for a in sizes]
    return np.array(rows), np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))


@given(whole_scores(), st.lists(st.integers(0, 50), min_size=4, max_size=4), st.integers(1, 30))
def test_together_lists_as_the_raw_weighted_sum_does(
    drawn: tuple[np.ndarray, np.ndarray], weights: list[int], k: int
) -> None:
    whole, listed = drawn
    alpha = {f"m{j}": weights[j] + (j == 0) for j in range(len(whole))}  # never all of them 0
    scores = np.where(listed, whole, -np.inf)
    scores[0] = whole[0]  # -inf in any other modality is enough
    ids = [str(i) for i in range(whole.shape[1])]
    items = pl.DataFrame({"item_id": ids, "title": ids})
    by_name = dict(zip(alpha, scores, strict=True))
    shown = FusionMixer(by_name, items, k=k, scale="together").ranking(alpha)
    # Whole numbers add up without rounding, so that the sums of the list must match to the last.
    raw = np.array(list(alpha.values())) @ whole
    best = sorted(raw[listed].tolist(), reverse=True)[:k]
    assert [raw[int(i)] for i in shown["item_id"]] == best
    assert all(listed[int(i)] for i in shown["item_id"])
    parts = shown.select(list(alpha)).to_numpy()
    assert ((parts >= 0) & (parts <= 1)).all()
    np.testing.assert_allclose(parts.sum(axis=1), shown["score"], atol=1e-12)


def test_together_loses_no_order_to_rounding() -> None:
    # The second modality's range is 1e-9 of the first's; alone, it still orders the items.
    text, fine = np.array([0.0, 1e6, 5.0, 5.0]), np.array([3e-3, 1e-3, 4e-3, 2e-3])
    shown = FusionMixer({"text": text, "fine": fine}, ITEMS, scale="together", k=4)
    assert shown.ranking({"text": 0, "fine": 1})["item_id"].to_list() == list("cadb")
    assert shown.ranking({"text": 0.5, "fine": 0.5})["item_id"].to_list() == list("bcda")


HAVE = {
    "text": np.array([True, True, True, False]),
    "behaviour": np.array([True, False, True, False]),
}


def test_a_missing_modality_leaves_its_weight_to_the_others() -> None:
    # ada, normalized over what is there: text 1, .5, 0; behaviour 0, -, 1. Nothing is known of d.
    shown = mixer(present=HAVE, k=4)
    table = shown.ranking({"text": 0.25, "behaviour": 0.75})
    assert table["item_id"].to_list() == ["c", "b", "a"]
    assert table["score"].to_list() == [0.75, 0.5, 0.25]
    assert table["text"].to_list() == [0.0, 0.5, 0.25]
    # With no weight on what it has, an item is not listed.
    assert shown.ranking({"text": 0, "behaviour": 1})["item_id"].to_list() == ["c", "a"]


def test_with_missing_modalities_it_lists_as_late_fusion_does() -> None:
    rng = np.random.default_rng(3)
    n = 120
    ids = [f"i{i}" for i in range(n)]
    items = pl.DataFrame({"item_id": ids, "title": ids})
    for modalities in (2, 3):
        names = ["text", "image", "audio"][:modalities]
        present = {m: rng.random(n) < 0.6 for m in names}
        scores = {m: rng.random((2, n)) for m in names}
        for m in names:  # the ends are there, so that the scale is 0 to 1 already
            present[m][:2] = True
            scores[m][:, :2] = [0, 1]
            scores[m][:, ~present[m]] = np.nan  # not looked at
        shown = FusionMixer(scores, items, users=["ann", "ben"], present=present, k=7)
        for a in range(0, 101, 20):
            alpha = {
                names[0]: a / 100,
                names[-1]: 1 - a / 100,
                **({"image": 0.0} if modalities == 3 else {}),
            }
            rounded = {m: np.round(scores[m], 6) for m in names}
            mixed = late_fusion(rounded, alpha, present)
            for row, user in enumerate(("ann", "ben")):
                found = shown.ranking(alpha, user)
                best = np.argsort(-mixed.scores[row], kind="stable")[:7]
                best = best[mixed.scores[row][best] > -np.inf]
                np.testing.assert_allclose(found["score"], mixed.scores[row][best], atol=1e-9)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"present": {"sound": np.ones(4, bool)}}, "present of ['sound']"),
        ({"present": {"text": np.ones(3, bool)}}, "present['text'] of bool (3,)"),
        ({"present": HAVE, "scale": "together"}, "expected one of each"),
    ],
)
def test_wrong_presence(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        mixer(**more)


GAINS = np.array([[0.0, 1.0, 3.0, 0.5], [0.0, 0.0, 0.0, 0.0]])


def test_ndcg_by_hand() -> None:
    shown = mixer(gains=GAINS, k=2)
    # Text alone lists Tea (0) and Cup (1); the best two are Pan (3) and Cup (1).
    best = 3 + 1 / np.log2(3)
    assert shown.ndcg({"text": 1, "behaviour": 0}) == pytest.approx(1 / np.log2(3) / best)
    assert shown.ndcg({"text": 0, "behaviour": 1}) == pytest.approx(1)
    assert shown.ndcg(user="ben") == 0  # nothing is good for ben
    ada = shown.data["users"]["ada"]
    assert [shown.data["items"][i]["title"] for i in ada["ideal"]] == ["Pan", "Cup"]
    assert shown.data["users"]["ben"]["ideal"] == []


def test_the_best_list_has_only_what_may_be_listed() -> None:
    text = TEXT.copy()
    text[0, 2] = -np.inf  # ada has the pan already
    shown = FusionMixer({"text": text, "behaviour": BEHAVIOUR}, ITEMS, k=1, gains=GAINS)
    assert shown.ndcg({"text": 0, "behaviour": 1}) == pytest.approx(1)  # the cup


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        (GAINS[:1], "gains of shape (1, 4): expected (2, 4)"),
        (-GAINS, "gains: expected finite numbers >= 0"),
        (GAINS * np.nan, "gains: expected finite"),
    ],
)
def test_wrong_gains(gains: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        mixer(gains=gains)


def test_without_gains_there_is_no_ndcg() -> None:
    with pytest.raises(ValueError, match="nobody said how good"):
        mixer().ndcg()
    assert "gains" not in mixer().data["users"]["ada"]


def test_only_what_is_there_can_be_locked() -> None:
    shown = mixer()
    shown.locked = ["text"]
    with pytest.raises(ValueError, match="locked: \\['sound'\\] are none of"):
        shown.locked = ["sound"]
    assert shown.locked == ["text"]


def test_weights_are_scaled_to_one_and_observed() -> None:
    shown, seen = mixer(alpha={"behaviour": 3, "text": 1}), []
    assert shown.alpha == {"text": 0.25, "behaviour": 0.75}
    shown.observe(lambda change: seen.append(change["new"]), "alpha")
    shown.alpha = {"text": 2, "behaviour": 2}
    assert seen == [{"text": 0.5, "behaviour": 0.5}]
    exact = {"text": 0.333333333, "behaviour": 0.666666667}
    shown.alpha = exact
    assert shown.alpha == exact


def test_users_come_in_the_order_given() -> None:
    assert mixer(users=["12", "7"]).data["order"] == ["12", "7"]


def test_links_with_other_widgets() -> None:
    one, other = mixer(), mixer()
    traitlets.link((one, "alpha"), (other, "alpha"))
    one.alpha = {"text": 1, "behaviour": 0}
    assert other.alpha == {"text": 1, "behaviour": 0}


def test_a_longer_list_brings_its_candidates() -> None:
    shown = mixer(k=1)
    # ben: d for its text, and where text counts nothing all are level and a comes first.
    assert [len(user["items"]) for user in shown.data["users"].values()] == [3, 2]
    shown.k = 4
    assert [len(user["items"]) for user in shown.data["users"].values()] == [4, 4]
    assert len(shown.ranking()) == 4


@pytest.mark.parametrize(
    ("alpha", "said"),
    [
        ({"text": 1}, "expected one for each of"),
        ({"text": 1, "behaviour": 1, "sound": 1}, "expected one for each of"),
        ({"text": -1, "behaviour": 2}, ">= 0"),
        ({"text": 0, "behaviour": 0}, "not all of them 0"),
        ({"text": float("nan"), "behaviour": 1}, ">= 0"),
    ],
)
def test_wrong_weights(alpha: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mixer(alpha=alpha)
    shown = mixer()
    with pytest.raises(ValueError, match=said):
        shown.alpha = alpha
    assert shown.alpha == {"text": 0.5, "behaviour": 0.5}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scale": "both"}, "scale='both': expected one of each, together"),
        ({"users": ["ada"]}, "1 different names for 2 rows"),
        ({"users": ["ada", "ada"]}, "1 different names for 2 rows"),
        ({"user": "eve"}, "'eve' has no scores here; expected one of ada, ben"),
        ({"truth": {"eve": ["a"]}}, "'eve' has no scores"),
        ({"truth": {"ada": ["zz"]}}, "zz"),
        ({"history": {"ada": ["zz"]}}, "zz"),
    ],
)
def test_unknown_names(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mixer(**given)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"text": TEXT}, "two modalities or more"),
        ({"text": TEXT, "behaviour": BEHAVIOUR[:1]}, "same"),
        ({"text": TEXT[:, :3], "behaviour": BEHAVIOUR[:, :3]}, "expected 4 columns"),
        ({"text": TEXT, "behaviour": np.full((2, 4), np.nan)}, "8 scores of 'behaviour' are NaN"),
        ({"text": TEXT, "behaviour": np.full((2, 4), np.inf)}, "row 0, column 0"),
    ],
)
def test_wrong_scores(scores: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FusionMixer(scores, ITEMS)


def test_items_without_titles_column() -> None:
    with pytest.raises(ValueError, match="no column"):
        FusionMixer({"text": TEXT, "behaviour": BEHAVIOUR}, ITEMS.drop("title"))


def test_nothing_to_list() -> None:
    none = FusionMixer({"text": np.zeros((1, 0)), "behaviour": np.zeros((1, 0))}, ITEMS[:0])
    assert none.ranking().height == 0


def test_covers_are_small_pictures_in_the_state(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    Image.new("RGB", (600, 800), "teal").save(path)
    items = ITEMS.with_columns(image_path=pl.Series([str(path), None, None, None]))
    shown = FusionMixer({"text": TEXT, "behaviour": BEHAVIOUR}, items)
    covers = [item["cover"] for item in shown.data["items"]]
    assert covers[0].startswith("data:image/webp;base64,")
    assert len(covers[0]) < 3000
    assert covers[1:] == ["", "", ""]
    items = ITEMS.with_columns(image_path=pl.lit(str(tmp_path / "none.png")))
    with pytest.raises(ValueError, match=r"none\.png"):
        FusionMixer({"text": TEXT, "behaviour": BEHAVIOUR}, items)


def test_in_the_book_a_widget_is_html_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_BOOK", "1")
    shown = mixer(truth={"ada": ["c"]}, history={"ada": ["d"]})
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    state = re.search(r"<script[^>]*>(.*)</script>", bundle["text/html"]).group(1)
    assert json.loads(state)["data"] == shown.data
    monkeypatch.setenv("XDREC_BOOK", "")
    live = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in str(live)


def test_nothing_in_the_state_ends_its_element() -> None:
    title = "</script><!--<script>\u2028"
    html = static_form("fusion_mixer", {"title": title})
    inside = html.split('+json">')[1].removesuffix("</script></div>")
    assert "<" not in inside
    assert "\u2028" not in inside
    assert json.loads(inside)["title"] == title
    with pytest.raises(ValueError, match="not JSON compliant"):
        static_form("fusion_mixer", {"score": float("nan")})
