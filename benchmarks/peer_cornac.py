"""cornac's models, run by the python of an environment that has cornac (see `peers.py`).

Nothing of this project is imported here: that environment need not have it. The settings are few,
and valid chooses between them, as for our own rows.
"""

import csv
import json
import sys
from pathlib import Path

OFFERED = [
    {"model": "cornac EASE", "settings": [{"lamb": value} for value in (50, 100, 300)]},
    {"model": "cornac BPR", "settings": [{"k": k, "lambda_reg": r} for k in (32, 128)
                                         for r in (0.001, 0.01)]},
    {"model": "cornac MostPop", "settings": [{}]},
]  # fmt: skip


def made(models, asked):
    """The model of that name with these settings."""
    name, setting = asked["model"], asked["setting"]
    if name == "cornac EASE":
        return models.EASE(lamb=setting["lamb"], posB=False, verbose=False, seed=asked["seed"])
    if name == "cornac BPR":
        return models.BPR(max_iter=200, learning_rate=0.05, num_threads=1, seed=asked["seed"],
                          verbose=False, **setting)  # fmt: skip
    return models.MostPop()


def main():
    try:
        import numpy as np
        from cornac import models
        from cornac.data import Dataset
    except ImportError:
        sys.exit(3)
    if len(sys.argv) == 1:
        print(json.dumps(OFFERED))
        return
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "ask.json").read_text())
    with (folder / "target.csv").open(newline="", encoding="utf-8") as file:
        pairs = sorted({(row["user_id"], row["item_id"]) for row in csv.DictReader(file)})
    train = Dataset.from_uir([(user, item, 1.0) for user, item in pairs], seed=asked["seed"])
    model = made(models, asked).fit(train)
    items = np.array(list(train.iid_map))  # in the order of their numbers
    has = {}
    for user, item in pairs:
        has.setdefault(user, []).append(train.iid_map[item])
    lists = {}
    for user in asked["users"]:
        scores = np.array(model.score(train.uid_map[user]), float).ravel()[: len(items)]
        scores[has[user]] = -np.inf
        best = np.argsort(-scores, kind="stable")[: asked["longest"]]
        lists[user] = [[str(items[i]), float(scores[i])] for i in best if scores[i] > -np.inf]
    (folder / "lists.json").write_text(json.dumps(lists))


if __name__ == "__main__":
    main()
