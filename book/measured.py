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


def growth() -> list[str]:
    """A line for each curve: over which sizes, the largest one's cost, and the exponents."""
    record = read_record("growth")
    lines = [
        "| along | what | from | to | CPU at the end, s | peak at the end, MB | time | memory |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in record["curves"]:
        peak, memory = one["peak_mb"][-1], one["memory_exponent"]
        lines.append(
            f"| {one['axis']} | {one['what']} | {one['sizes'][0]:,} | "
            f"{one['sizes'][-1]:,} | {one['cpu_s'][-1]:,.1f} | "
            f"{'–' if peak is None else format(peak, ',.0f')} | {one['time_exponent']:.2f} | "
            f"{'–' if memory is None else format(memory, '.2f')} |"
        )
    held = dict.fromkeys(f"along {one['axis']}, {one['rest']}" for one in record["curves"])
    return [
        *lines, "", f"What was held: {'; '.join(held)}.", "",
        f"Measured on {record['cores']} cores: {origin(record)}",
    ]  # fmt: skip


def stages(name: str) -> list[str]:
    """What each stage of a long run took."""
    lines = ["| stage | CPU, s | wall, s | peak, GB |", "|---|---:|---:|---:|"]
    for stage, spent in read_record(name)["stages"].items():
        peak = "–" if spent["peak_gb"] is None else f"{spent['peak_gb']:.2f}"
        lines.append(f"| {stage} | {spent['cpu_s']:,.1f} | {spent['wall_s']:,.1f} | {peak} |")
    return lines


def large() -> list[str]:
    """The three large runs: a table, a world, a catalogue."""
    table, world, items = map(read_record, ("big_table", "ten_million", "million_items"))
    events = sum(world["interactions"].values())
    lines = [
        f"**A table of {table['rows']:,} interactions** ({table['parquet_gb']:.1f} GB of Parquet, "
        "two domains), `python -m benchmarks.big_table`:",
        "", *stages("big_table"), "",
        f"Load of the machine meanwhile {table['load']:.0f}. {origin(table)}", "",
        f"**A world of {events:,} interactions**, {world['users']:,} people, {world['items']:,} "
        "items in each domain, `python -m benchmarks.ten_million`:",
        "", *stages("ten_million"), "", "| model | users | Recall@10 | 95 % interval |",
        "|---|---:|---:|---|",
    ]  # fmt: skip
    lines += [
        f"| {name} | {found['users']:,} | {found['recall']:.4f} | "
        f"{found['low']:.4f}–{found['high']:.4f} |"
        for name, found in world["quality"].items()
    ]
    lines += [
        "", f"To the end of the tied model's evaluation {world['wall_s']:,.0f} s, at a load of "
        f"{world['load']:.0f}; the most memory {world['peak_gb']:.1f} GB. {origin(world)}",
        "", f"**A catalogue of {items['items']:,} items** with {items['factors']} factors of a "
        "fitted model, `python -m benchmarks.million_items`: exact top 10 for one person "
        f"{items['exact']['ratio']:.2f} times torch's matmul and topk "
        f"({1000 * items['exact']['ours_s']:.1f} ms of CPU). Approximate, one person at a time:",
        "", "| cells looked through | recall | CPU, ms | wall, ms |", "|---:|---:|---:|---:|",
    ]  # fmt: skip
    lines += [
        f"| {one['probes']} of {items['approximate']['cells']:,} | {one['recall']:.3f} | "
        f"{one['cpu_ms']:.2f} | {one['wall_ms']:.2f} |"
        for one in items["approximate"]["searches"]
    ]
    for kind in ("exact", "approximate"):
        found = items[f"lists, {kind}"]
        peak = "not told" if found["peak_gb"] is None else f"{found['peak_gb']:.2f} GB"
        lines += ["", f"{found['users']:,} lists, {kind}: {found['cpu_s']:,.1f} s of CPU, {peak} "
                      "beyond what was held."]  # fmt: skip
    return [*lines, "", f"Load meanwhile {items['load']:.0f}. {origin(items)}"]


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
    parts = {"Speed": speed, "Growth": growth, "Large": large, "Quality": quality}
    lines = [line for name, part in parts.items() for line in (f"## {name}", "", *part(), "")]
    return "\n".join(lines) + "\n"
