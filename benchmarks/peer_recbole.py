"""RecBole's models, run by the python of an environment that has recbole (see `peers.py`).

Nothing of this project is imported here: that environment need not have it. RecBole 1.2.1 wants
numpy below 2 and scipy below 1.13. How long a model trains is a setting, and valid chooses.
"""

import csv
import importlib
import json
import logging
import os
import sys
from pathlib import Path

OFFERED = [
    {"model": "RecBole BPR", "settings": [{"epochs": n} for n in (60, 200, 600)]},
    {"model": "RecBole LightGCN", "settings": [{"epochs": n} for n in (50, 150, 400)]},
    {"model": "RecBole SASRec", "settings": [{"epochs": n} for n in (5, 15)]},
]
LONGEST_HISTORY = 20
BLOCK = 512  # users scored at once


def written(folder):
    """The target's events as RecBole reads them; everybody's items, oldest first."""
    with (folder / "target.csv").open(newline="", encoding="utf-8") as file:
        events = list(csv.DictReader(file))
    order = next((c for c in ("position", "timestamp") if c in events[0]), None)
    if order:
        events.sort(key=lambda e: (e["user_id"], float(e[order])))
    histories = {}
    for event in events:
        histories.setdefault(event["user_id"], []).append(event["item_id"])
    (folder / "peer").mkdir()
    lines = ["user_id:token\titem_id:token\ttimestamp:float"]
    lines += [f"{u}\t{item}\t{n}" for u, has in histories.items() for n, item in enumerate(has)]
    (folder / "peer" / "peer.inter").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return histories


def trained(folder, asked):
    """RecBole's own data set, loader, model and trainer; all events are for training."""
    from recbole.config import Config
    from recbole.data import create_dataset, create_samplers
    from recbole.data.utils import get_dataloader
    from recbole.utils import get_model, get_trainer, init_seed

    name = asked["model"].split()[1]
    config = Config(model=name, dataset="peer", config_dict={
        "data_path": str(folder), "checkpoint_dir": str(folder / "saved"), "use_gpu": False,
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]}, "show_progress": False,
        "MAX_ITEM_LIST_LENGTH": LONGEST_HISTORY, "seed": asked["seed"], "state": "ERROR",
        "eval_args": {"split": {"RS": [1, 0, 0]}, "order": "TO", "group_by": "user",
                      "mode": "full"},
        **({"train_neg_sample_args": None} if name == "SASRec" else {}), **asked["setting"],
    })  # fmt: skip
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    parts = dataset.build()
    sampler = create_samplers(config, dataset, parts)[0]
    loader = get_dataloader(config, "train")(config, parts[0], sampler, shuffle=True)
    model = get_model(name)(config, parts[0])
    trainer = get_trainer(config["MODEL_TYPE"], name)(config, model)
    trainer.fit(loader, None, verbose=False, saved=False)
    return dataset, model.eval()


def lists_of(dataset, model, histories, asked):
    """Everybody's list, without what they have."""
    import torch
    from recbole.data.interaction import Interaction

    number = dataset.field2token_id["item_id"]
    lists = {}
    for start in range(0, len(asked["users"]), BLOCK):
        users = asked["users"][start : start + BLOCK]
        has = [[number[item] for item in histories[u]] for u in users]
        late = [items[-LONGEST_HISTORY:] for items in has]
        rows = torch.tensor([items + [0] * (LONGEST_HISTORY - len(items)) for items in late])
        numbers = [dataset.field2token_id["user_id"][u] for u in users]
        with torch.no_grad():
            scores = model.full_sort_predict(Interaction({
                "user_id": torch.tensor(numbers), "item_id_list": rows,
                "item_length": torch.tensor([len(items) for items in late]),
            })).view(len(users), -1)  # fmt: skip
        scores[:, 0] = -torch.inf  # the padding
        for row, items in enumerate(has):
            scores[row, items] = -torch.inf
        values, columns = scores.topk(min(asked["longest"], scores.shape[1]), dim=1)
        names = dataset.id2token("item_id", columns.numpy())
        for user, best, points in zip(users, names, values.tolist(), strict=True):
            lists[user] = [[str(i), s] for i, s in zip(best, points, strict=True) if s > -1e30]
    return lists


def main():
    try:
        importlib.import_module("recbole")
    except ImportError:
        sys.exit(3)
    if len(sys.argv) == 1:
        print(json.dumps(OFFERED))
        return
    logging.disable(logging.ERROR)
    folder = Path(sys.argv[1]).resolve()
    os.chdir(folder)  # RecBole leaves its logs where it stands
    asked = json.loads((folder / "ask.json").read_text())
    histories = written(folder)
    dataset, model = trained(folder, asked)
    lists = lists_of(dataset, model, histories, asked)
    (folder / "lists.json").write_text(json.dumps(lists))


if __name__ == "__main__":
    main()
