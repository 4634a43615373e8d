"""The knobs of a world: what each may be, and what it is when nobody says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.people import FEWEST

NOISE = {"text": 0.1, "image": 0.2, "category": 0.1, "brand": 0.2, "price": 0.5, "audio": 0.2,
         "video": 0.2, "series": 0.2}  # fmt: skip
MISSING = dict.fromkeys(NOISE, 0.0)


def with_defaults(
    noise: Mapping[str, float] | None, missing: Mapping[str, float] | None
) -> dict[str, dict[str, float]]:
    """Both mappings with every modality in them."""
    return {"noise": NOISE | dict(noise or {}), "missing": MISSING | dict(missing or {})}


def check(knobs: Mapping[str, Any]) -> None:
    """Raise one ValueError that names every knob out of range, what was given and expected."""
    faults = [
        *_whole(knobs, "users", 2), *_whole(knobs, "items", 4), *_whole(knobs, "seed", 0),
        *_domains(knobs["domains"]), *_share("overlap", knobs["overlap"]),
        *_share("gap", knobs["gap"]), *_share("drift", knobs["drift"]),
        *_share("sparsity", knobs["sparsity"]),
    ]  # fmt: skip
    for name in ("captions", "profiles"):
        if not isinstance(knobs[name], bool):
            faults.append(f"{name}={knobs[name]!r}: expected True or False")
    if not _number(knobs["popularity"]) or knobs["popularity"] < 0:
        faults.append(f"popularity={knobs['popularity']!r}: expected a number >= 0, 0 for no bias")
    for name in ("noise", "missing"):
        given = knobs[name]
        if given is None:
            continue
        if not isinstance(given, Mapping):
            faults.append(f"{name}={given!r}: expected a share by modality, say {{'text': 0.5}}")
            continue
        for modality, share in given.items():
            if modality in NOISE:
                faults += _share(f"{name}[{modality!r}]", share)
            else:
                faults.append(f"{name}: no modality {modality!r}; there are {', '.join(NOISE)}")
    if not faults:
        faults += _enough(knobs)
    if faults:
        raise ValueError("make_world: " + "; ".join(faults))


def _whole(knobs: Mapping[str, Any], name: str, least: int) -> list[str]:
    given = knobs[name]
    if isinstance(given, Integral) and not isinstance(given, bool) and int(given) >= least:
        return []
    return [f"{name}={given!r}: expected a whole number >= {least}"]


def _number(given: Any) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool) and math.isfinite(given)


def _share(name: str, given: Any) -> list[str]:
    if _number(given) and 0 <= given <= 1:
        return []
    return [f"{name}={given!r}: expected a share from 0 to 1"]


def _domains(given: Any) -> list[str]:
    there = ", ".join(LEXICA)
    if isinstance(given, str):
        return [f"domains={given!r}: expected two or more names, say ('books', 'films')"]
    unknown = [d for d in given if d not in LEXICA]
    if unknown:
        return [f"domains={given!r}: no domain {unknown[0]!r}; there are {there}"]
    if len(given) < 2 or len(set(given)) < len(given):
        return [f"domains={given!r}: expected two or more different ones of {there}"]
    return []


def _enough(knobs: Mapping[str, Any]) -> list[str]:
    mean = (1 - knobs["sparsity"]) * knobs["items"]
    if mean < FEWEST or mean > knobs["items"] / 2:
        low = 1 - FEWEST / knobs["items"]
        return [f"sparsity={knobs['sparsity']!r} of {knobs['items']} items leaves {mean:.1f} items "
                f"a person; expected a sparsity from 0.5 to {low:.3f}"]  # fmt: skip
    return []
