"""Small domains for tests: a checkerboard whose withheld cell is the only right answer."""

import polars as pl

from xdrec.data.domain import CrossDomain, Domain


def domain(name, rows, items=None, **columns):
    """A domain from (user, item) pairs; `columns` hold further values, one a pair."""
    schema = {"user_id": pl.String, "item_id": pl.String}
    events = pl.DataFrame(rows, schema=schema, orient="row")
    events = events.with_columns(*(pl.Series(c, values) for c, values in columns.items()))
    ids = items if items is not None else sorted({item for _, item in rows})
    return Domain(
        name, pl.DataFrame({"item_id": ids, "title": [f"Title {i}" for i in ids]}), events
    )


def checkerboard(n=10):
    """Users and items of two colours; each has all items of their own colour but one.

    Whoever learns from the crowd must rank user u's missing item first. User "new" has no target
    history; the source shows everybody's colour.
    """
    target = [(f"u{u}", f"i{i}") for u in range(n) for i in range(n) if (u + i) % 2 == 0 and u != i]
    source = [(f"u{u}", f"s{u % 2}{j}") for u in range(n) for j in range(3)]
    source += [("new", f"s0{j}") for j in range(3)]
    ids = [f"i{i}" for i in range(n)]
    return CrossDomain(domain("source", source), domain("target", target, items=ids))
