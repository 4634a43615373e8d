"""What a released table promises, for any table."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data import make_world
from xdrec.data.domain import Domain
from xdrec.privacy import k_anonymous, pseudonymised, smallest_group, without_rare

ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"u{n}" for n in range(12)]),
        st.integers(16, 90),
        st.sampled_from(["female", "male", "other"]),
        st.sampled_from(["red", "blue"]),
    ),
    max_size=60,
)
COLUMNS = ["user_id", "age", "gender", "item_id"]
STEPS = {
    "age": [lambda c: c // 10 * 10, lambda c: c // 30 * 30, lambda c: c * 0],
    "gender": [lambda c: pl.lit("any")],
}


def tables(rows):
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").with_columns(pl.col("age").cast(int))


@settings(max_examples=300)
@given(
    ROWS,
    st.integers(1, 6),
    st.lists(st.sampled_from(["age", "gender", "item_id"]), min_size=1, unique=True),
    st.floats(0, 1),
    st.booleans(),
)
def test_every_published_combination_is_shared_by_k_users(rows, k, by, lost, coarsen):
    table = tables(rows)
    steps = {c: s for c, s in STEPS.items() if c in by} if coarsen else None
    out = k_anonymous(table, k, by, steps, lost=lost)
    # by hand, not by the library's own count
    groups: dict[tuple, set] = {}
    for row in out.iter_rows(named=True):
        groups.setdefault(tuple(row[c] for c in by), set()).add(row["user_id"])
    assert all(len(people) >= k for people in groups.values())
    assert smallest_group(out, by) == min((len(p) for p in groups.values()), default=0)
    # nothing but `by` was touched, no row was made up, and nothing is left out without need
    assert out.columns == table.columns
    rest = [c for c in COLUMNS if c not in (steps or {})]
    whole, left = table.select(rest).rows(), out.select(rest).rows()
    for row in set(left):
        assert left.count(row) <= whole.count(row)
    if k == 1:
        assert len(out) == len(table)


@given(ROWS, st.integers(2, 5))
def test_the_steps_are_taken_one_by_one_and_only_if_needed(rows, k):
    table = tables(rows)
    out = k_anonymous(table, k, ["age"], {"age": STEPS["age"]}, lost=0.0)
    people = table["user_id"].n_unique()
    # the last step makes all alike: with k people nobody need be left out
    assert len(out) == (len(table) if people >= k else 0)
    if len(table) and smallest_group(table, ["age"]) >= k:
        assert out.equals(table)


def test_by_hand():
    people = pl.DataFrame({
        "user_id": list("abcdef"), "age": [31, 34, 38, 52, 57, 90],
        "gender": ["f", "f", "m", "f", "f", "m"],
    })  # fmt: skip
    out = k_anonymous(people, 2, ["age", "gender"], {"age": [lambda c: c // 10 * 10]}, lost=0.0)
    assert out.rows() == [("a", 30, "f"), ("b", 30, "f"), ("d", 50, "f"), ("e", 50, "f")]
    kept = k_anonymous(people, 2, ["age"], {"age": [lambda c: c // 10 * 10]}, lost=1.0)
    assert kept.is_empty()  # all may be lost, so no step is taken, and all ages differ
    assert smallest_group(out, ["age", "gender"]) == 2


def test_a_user_with_many_rows_is_one_user():
    table = pl.DataFrame({"user_id": ["a"] * 5 + ["b"], "item_id": ["x"] * 5 + ["y"]})
    assert k_anonymous(table, 2, ["item_id"]).is_empty()


@pytest.mark.parametrize(
    ("k", "by", "coarser", "lost"),
    [
        (0, ["age"], None, 0.1), (2, [], None, 0.1), (2, "age", None, 0.1),
        (2, ["town"], None, 0.1), (2, ["age"], {"gender": []}, 0.1), (2, ["age"], None, 2.0),
    ],
)  # fmt: skip
def test_bad_input(k, by, coarser, lost):
    table = tables([("a", 20, "male", "red")])
    with pytest.raises(ValueError, match="expected"):
        k_anonymous(table, k, by, coarser, lost=lost)


KEY, OTHER = b"a key of thirty-two bytes or so!", b"another one, as long as the first"


def world():
    return make_world(users=60, items=40, sparsity=0.8, images=False)


def test_pseudonyms_keep_the_joins_and_nothing_else():
    pair = world()
    books, films = (pseudonymised(pair.domains[n], KEY) for n in ("books", "films"))
    old = pair.cross("books", "films")
    both = set(books.interactions["user_id"]) & set(films.interactions["user_id"])
    assert len(both) == len(old.overlapping)
    assert not set(books.user_ids) & set(pair.domains["books"].user_ids)
    other = pseudonymised(pair.domains["books"], OTHER)
    assert not set(books.user_ids) & set(other.user_ids)
    # the same people, under other names: their rows are those of before
    before = pair.domains["books"].matrix(pair.domains["books"].user_ids).toarray().tolist()
    after = books.matrix(books.user_ids).toarray().tolist()
    assert sorted(before) == sorted(after)
    assert books.users["user_id"].is_sorted()  # so that the order tells nothing
    assert books.interactions["user_id"].is_sorted()


def test_a_pseudonym_is_the_hmac():
    """RFC 4231 has no vector for our ids; the standard library's `hmac` is the reference."""
    import hashlib
    import hmac

    items = pl.DataFrame({"item_id": ["x"], "title": ["X"]})
    shop = Domain("shop", items, pl.DataFrame({"user_id": ["zoë"], "item_id": ["x"]}))
    made = pseudonymised(shop, KEY).interactions["user_id"][0]
    assert made == hmac.new(KEY, "zoë".encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize("key", [b"short", "a text of some length, not bytes", b""])
def test_a_key_must_be_one(key):
    with pytest.raises(ValueError, match="at least 16 bytes"):
        pseudonymised(world().domains["books"], key)


def test_rare_items_go_with_their_events():
    films = world().domains["films"]
    kept = without_rare(films, 12)
    people = films.interactions.group_by("item_id").agg(pl.col("user_id").n_unique())
    expected = set(people.filter(pl.col("user_id") >= 12)["item_id"])
    assert set(kept.items["item_id"]) == set(kept.interactions["item_id"]) == expected
    assert 0 < len(expected) < 40
    assert without_rare(films, 1).interactions.equals(films.interactions)
    for least in (0, 1.5, 1000):
        with pytest.raises(ValueError, match="least"):
            without_rare(films, least)
