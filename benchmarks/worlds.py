"""What transfer reaches on a grid of made worlds: `python -m benchmarks.worlds` (ten minutes).

Five knobs, a few values each, every combination, three seeds. The models take no training, and are
those that the lab's WorldBuilder plays on a new world at every move; without a kernel it shows
these figures. Their strengths are fixed, chosen on no valid set: what is here is what an untuned
tie does. Figures are NDCG@10 against the truth, over all people of the target.
"""

from __future__ import annotations

import argparse
from functools import partial
from itertools import product

from benchmarks.resume import kept
from xdrec.lab.play import NOBODY, STRATEGIES, deal, play
from xdrec.records import write_record

SEEDS = range(3)
PEOPLE, ITEMS = 300, 150
KNOBS: dict[str, tuple[float, ...]] = {
    "overlap": (0.0, 0.2, 0.5, 1.0),
    "gap": (0.0, 0.2, 0.5, 1.0),
    "share": (0.03, 0.1, 0.3, 1.0),
    "noise": (0.1, 0.5, 1.0),
    "missing": (0.0, 0.5, 0.9),
}


def one(seed: int) -> dict[str, str]:
    """A line a strategy: its figures at every point in ten-thousandths, the last knob fastest.

    "-" stands where it has nothing to go by, which is nobody in both domains.
    """
    lines: dict[str, list[str]] = {name: [] for name in STRATEGIES}
    for point in product(*KNOBS.values()):
        game = deal(dict(zip(KNOBS, point, strict=True)), PEOPLE, ITEMS, seed)
        for name, reached in play(game).items():
            if isinstance(reached, str) and reached != NOBODY:
                raise ValueError(f"{name} at {point}, seed {seed}: {reached}")
            lines[name].append("-" if reached == NOBODY else str(round(10_000 * reached)))
    return {name: " ".join(line) for name, line in lines.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, help="make and keep this one only, write nothing")
    seed = parser.parse_args().seed
    if seed is not None:
        kept(f"worlds-{seed}", partial(one, seed))
        return
    runs = [kept(f"worlds-{seed}", partial(one, seed)) for seed in SEEDS]
    ndcg = {name: [run[name] for run in runs] for name in STRATEGIES}
    figures = {"knobs": KNOBS, "people": PEOPLE, "items": ITEMS, "ndcg": ndcg}
    print("written:", write_record("worlds", figures, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
