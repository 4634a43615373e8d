"""The record of pre-training on real titles: what it claims, and that it is of these data."""

from benchmarks.leaderboard import DOMAINS
from benchmarks.pretraining import MEASURED, PLANS, SEED, WATCHED, Study
from benchmarks.records import data_hash
from xdrec.records import read_record


def test_going_on_to_read_lowers_perplexity_on_held_out_titles():
    """The bar: masked and causal, on each domain; the head alone is no explanation."""
    found = read_record("pretraining")["perplexity"]
    for domain in (*DOMAINS, "both"):
        head, longer, full, lora = (
            found[f"MiniLM, {name}"][domain]
            for name in ("head", "head as long", "all weights", "LoRA")
        )
        assert full < lora < longer < head
        before, after = (found[f"GPT, {name}"][domain]
                         for name in ("world alone", "world then titles"))  # fmt: skip
        assert after < before


def test_the_effect_on_recommendation_is_there_with_its_intervals():
    """Seven models in two directions, warm and cold; all but the two starts are compared."""
    rows = read_record("pretraining")["recall"]
    assert len(rows) == 7 * 4
    assert len({(row["model"], row["target"], row["case"]) for row in rows}) == 28
    compared = [row for row in rows if "difference" in row]
    assert len(compared) == 5 * 4
    start = {(row["model"], row["target"], row["case"]): row["mean"] for row in rows}
    for row in compared:
        change = row["difference"]
        assert change["low"] <= change["mean"] <= change["high"]
        before = start[row["against"], row["target"], row["case"]]
        assert abs(row["mean"] - before - change["mean"]) < 1e-9


def test_the_record_is_of_these_data_and_of_this_program(real_data, tmp_path):
    """What may be read is counted again, and no two parts of it share a title."""
    record = read_record("pretraining")
    folder = real_data / "amazon-food-kitchen"
    assert record["made"]["data"] == data_hash(folder)
    assert record["made"]["seed"] == SEED
    assert {name: plan["epochs"] for name, plan in record["plans"].items()} == {
        name: plan.epochs for name, plan in PLANS.items()
    }
    study = Study(folder, tmp_path)
    parts = (study.read, study.held, study.watched)
    assert [len(part) for part in parts] == [record["texts"]["read"], MEASURED, WATCHED]
    assert len(set().union(*parts)) == sum(map(len, parts))
