"""Settings chosen by a search on valid, with the same budget for every model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.splits import Split, cold_start
from xdrec.evaluate import evaluate
from xdrec.interest.base import Scorer

HELD_OUT = 1200  # warm users hidden to choose the settings for cold ones
Knob = Sequence[Any]  # [a, b, c]: one of these; (low, high) or (low, high, "log"): between


@dataclass(frozen=True, eq=False)
class Tuned:
    """The best `settings`, their `value` on valid, and all that was tried.

    `trials` has a row a trial, in order: `trial` from 1, `value`, `seconds`, and a column a knob;
    `importances` say how much of the differences between trials each knob explains.
    Book: recommendation.
    """

    settings: dict[str, Any]
    value: float
    trials: pl.DataFrame
    importances: dict[str, float]


def rehearsal(split: Split) -> Split:
    """The split on which settings are chosen: valid takes test's place, and test is gone.

    For a split of cold users (all test users are cold) warm users are hidden instead as if they
    were cold, at most half of those in both domains. Source: document T 3.1.5.
    Book: the e-commerce case.
    """
    warm = split.known.target.interactions["user_id"].unique()
    if not split.test["user_id"].is_in(warm.implode()).any():
        people = len(split.known.overlapping)
        return cold_start(split.known, share=min(HELD_OUT / people, 0.5), seed=0)
    return replace(split, test=split.valid, valid=split.valid.clear())


def tune(
    build: Callable[..., Scorer],
    space: Mapping[str, Knob],
    split: Split,
    *,
    start: Mapping[str, Any] | None = None,
    budget: int = 20,
    metric: str = "recall",
    k: int = 10,
    seed: int = 0,
    journal: str | Path | None = None,
) -> Tuned:
    """Try `budget` settings of a model and keep the one that is best on valid, never on test.

    `build(**settings)` makes the unfitted model. A knob of the `space` is a list to choose from, or
    a range (low, high), of whole numbers if both are, with "log" behind it on a logarithmic scale.
    `start` is tried first. A space of lists alone that the budget covers is tried whole, in order;
    any other is searched by Optuna's TPE. Of equals the first wins. With a `journal` (a file) a
    search that was broken off goes on where it stood, and ends as one that was not.

    Raises ValueError for a knob that is none, for a budget below 1, and for a journal of another
    search; an error of the model's says in a note which settings it had. Needs the extra
    xdrec[tune]. Source: document T 3.1.5; Bergstra et al., NeurIPS 2011 (TPE). Book:
    recommendation.

    >>> from xdrec.data import leave_last_out, make_world
    >>> from xdrec.interest import ItemKNN
    >>> world = make_world(users=80, items=40, sparsity=0.8, images=False)
    >>> split = leave_last_out(world.cross("books", "films"))
    >>> found = tune(ItemKNN, {"k": [2, 10, 40]}, split)
    >>> found.trials["k"].to_list(), found.settings["k"] in (2, 10, 40)
    ([2, 10, 40], True)
    """
    try:
        import optuna
    except ImportError:
        raise ImportError("tune needs optuna: pip install 'xdrec[tune]'") from None
    if budget < 1:
        raise ValueError(f"budget={budget}: expected at least one trial")
    ranges = {name: _distribution(name, knob) for name, knob in space.items()}
    about = json.dumps({"space": {n: list(knob) for n, knob in space.items()}, "metric": metric,
                        "k": k, "seed": seed, "split": split.name}, default=str)  # fmt: skip
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", study_name="xdrec", storage=_storage(journal), load_if_exists=True
    )
    if study.user_attrs.get("about", about) != about:
        raise ValueError(
            f"{journal} is the journal of another search: {study.user_attrs['about']}; "
            f"expected {about}; name another file"
        )
    study.set_user_attr("about", about)
    for old in study.trials:
        if not old.state.is_finished():  # was running when the search was broken off
            study.tell(old.number, state=optuna.trial.TrialState.FAIL)
    first = [dict(start)] if start else []
    lists = all(isinstance(knob, list) for knob in space.values())
    if lists and prod(len(knob) for knob in space.values()) + len(first) <= budget:
        every = [dict(zip(space, each, strict=True)) for each in product(*space.values())]
        first += [each for each in every if each not in first]
        budget = len(first)
    practice = rehearsal(split)
    complete = (optuna.trial.TrialState.COMPLETE,)
    while (done := len(study.get_trials(deepcopy=False, states=complete))) < budget:
        # A seed a trial: what is drawn does not depend on when the search was broken off.
        state = int(np.random.SeedSequence([seed, done]).generate_state(1)[0])
        study.sampler = optuna.samplers.TPESampler(seed=state)
        if done < len(first):
            study.enqueue_trial(first[done])
        trial = study.ask(ranges)
        begun = time.process_time()
        try:
            report = evaluate(build(**trial.params).fit(practice.known), practice, k)
        except BaseException as error:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            error.add_note(f"with the settings {trial.params}")
            raise
        # Warm and cold are never pooled: the rehearsal is of one kind or the other.
        group = "cold" if practice.name == "cold-start" else None
        trial.set_user_attr("seconds", time.process_time() - begun)
        study.tell(trial, report.mean(group)[metric])
    return _result(study, complete)


def _result(study: Any, complete: Any) -> Tuned:
    import optuna

    trials = study.get_trials(deepcopy=False, states=complete)
    table = pl.DataFrame(
        [{"trial": n, "value": trial.value, "seconds": trial.user_attrs["seconds"]} | trial.params
         for n, trial in enumerate(trials, 1)],
        infer_schema_length=None,
    )  # fmt: skip
    best = max(trials, key=lambda trial: trial.value)
    weights = {}
    if table["value"].n_unique() > 1:
        # By the spread among good settings; fANOVA would need one more package.
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        weights = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return Tuned(dict(best.params), best.value, table, dict(weights))


def _storage(journal: str | Path | None) -> Any:
    if journal is None:
        return None
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    Path(journal).parent.mkdir(parents=True, exist_ok=True)
    return JournalStorage(JournalFileBackend(str(journal)))


def _distribution(name: str, knob: Knob) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(knob, list) and knob:
        return CategoricalDistribution(knob)
    numbers = isinstance(knob, tuple) and all(isinstance(n, int | float) for n in knob[:2])
    if not numbers or len(knob) not in (2, 3) or knob[2:] not in ((), ("log",)):
        raise ValueError(
            f'{name}={knob!r}: expected a list to choose from, (low, high) or (low, high, "log")'
        )
    low, high = knob[:2]
    log = len(knob) == 3
    if not low < high or (log and low <= 0):
        raise ValueError(f"{name}={knob!r}: expected low < high{', low > 0' * log}")
    kind = IntDistribution if isinstance(low, int) and isinstance(high, int) else FloatDistribution
    return kind(low, high, log=log)
