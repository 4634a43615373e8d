"""What the page Benchmarks shows: the committed records of speed and of quality, as tables."""

from __future__ import annotations

from typing import Any

from xdrec.records import read_record

CLASSES = {"R": "fitted anew on train and valid", "T": "fitted on train alone"}


def origin(record: dict[str, Any]) -> str:
    """With what a record was made."""
    made = record["made"]
    versions = ", ".join(f"{package} {version}" for package, version in made["versions"].items())
    return f"Python {made['python']} on {made['machine']}, {versions}; commit `{made['commit']}`."


def speed() -> list[str]:
    record = read_record("bench")
    return [*record["table"], "", f"Measured on {record['cores']} cores: {origin(record)}"]


def quality() -> list[str]:
    """A table for each direction, split, class and group of users; all folded but the first."""
    record, generated = read_record("leaderboard"), read_record("leaderboard_gpt")
    lines: list[str] = []
    for case, found in record["tables"].items():
        rows = [*found, *generated["tables"].get(case, ())]
        for klass, users in sorted({(row["class"], row["users"]) for row in rows}):
            mine = [row for row in rows if (row["class"], row["users"]) == (klass, users)]
            mine.sort(key=lambda row: -row["recall"])
            name = f"{case} split: {mine[0]['n']:,} {users} users, {CLASSES[klass]}"
            lines += [f"```{{dropdown}} {name}{'' if lines else chr(10) + ':open:'}", ""]
            lines += ["| model | Recall@10 | 95 % interval | NDCG@10 | MRR@10 | seeds | CPU, s |"]
            lines += ["|---|---:|---|---:|---:|---:|---:|"]
            lines += [
                f"| {row['model']} | {row['recall']:.4f} | {row['low']:.4f}–{row['high']:.4f} | "
                f"{row['ndcg']:.4f} | {row['mrr']:.4f} | {row['seeds']} | {row['cpu_s']:,.1f} |"
                for row in mine
            ]
            lines += ["```", ""]
    said = [f"Made with {origin(record)}", f"What a GPT generates, with {origin(generated)}"]
    return [*lines, "\n\n".join(said)]


def text() -> str:
    """The body of the page, as Markdown."""
    return "\n".join(["## Speed", "", *speed(), "", "## Quality", "", *quality()]) + "\n"
