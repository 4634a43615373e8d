"""The text of a CSV file: what its quotation marks mean, and which of its lines do not fit."""

from __future__ import annotations

import re

import polars as pl

from xdrec.data.checks import SHOWN, Rows


def literal_marks(text: str, separator: str) -> tuple[str, int | None]:
    """Quote each field that holds a quotation mark but begins with none: `Pan 5" wide`.

    RFC 4180 forbids such a field, every catalogue with inches has it, and it can mean only one
    thing; so it is read as it stands. No line moves. A field that does begin with a mark has to end
    with one, and a mark inside it is written twice; the line of the first that does not is the
    second value, None if there is none. Source: RFC 4180, 2.5 to 2.7.

    >>> literal_marks('title,size\\nPan 5" wide,"a, b"', ",")
    ('title,size\\n"Pan 5"" wide","a, b"', None)
    >>> literal_marks('title,size\\n"Pan 5" wide",b', ",")[1]
    2
    """
    other = rf"[^{separator}\r\n]*"
    fields = re.compile(
        # only where a field begins; a quoted one may hold separators and line breaks
        rf'(?<![^{separator}\n])(?:"[^"]*+(?:""[^"]*+)*+(?P<close>"?)(?P<rest>{other})'
        rf'|[^"{separator}\r\n]++"{other})'
    )
    broken: list[int] = []

    def quoted(field: re.Match[str]) -> str:
        if not field[0].startswith('"'):
            return '"' + field[0].replace('"', '""') + '"'
        if not broken and (field["rest"] or not field["close"]):
            broken.append(text.count("\n", 0, field.start()) + 1)
        return field[0]

    marked = fields.sub(quoted, text)
    return marked, broken[0] if broken else None


def records_of(text: str, separator: str) -> pl.DataFrame:
    """One row a CSV record, header included: its first `line`, its `fields`, whether it is `blank`.

    A line break inside quotation marks does not end a record: a line goes on as long as the number
    of quotation marks so far is odd.
    """
    lines = pl.DataFrame({"text": text.removesuffix("\n").split("\n")}).with_row_index("line", 1)
    odd = pl.col("text").str.count_matches('"', literal=True).cum_sum() % 2 == 1
    bare = pl.col("text").str.replace_all('"[^"]*"', "_")
    return (
        lines.with_columns(record=(~odd.shift(1, fill_value=False)).cum_sum())
        .group_by("record", maintain_order=True)
        .agg(pl.col("line").first(), pl.col("text").str.join("\n"))
        .with_columns(
            fields=bare.str.count_matches(separator, literal=True) + 1,
            blank=pl.col("text").str.strip_chars("\r") == "",
        )
        # blank lines above the header are skipped by every reader
        .filter((~pl.col("blank")).cum_sum() > 0)
    )


def ragged(records: pl.DataFrame, rows: Rows) -> list[str]:
    expected = records["fields"][0]
    wrong = records.filter((pl.col("fields") != expected) & ~pl.col("blank"))
    if wrong.is_empty():
        return []
    shown = ", ".join(
        f"{line} ({n} fields)" for line, n in wrong.select("line", "fields").head(SHOWN).rows()
    )
    more = f" and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
    return [
        f"{rows.table}: the header has {expected} fields, but not line {shown}{more}; "
        "quote fields that hold the separator, complete lines that break off"
    ]
