"""f, g, h and k as one object: fit it on two domains, ask it for a list, open it, swap a part."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import numpy as np
import polars as pl
from filelock import FileLock
from safetensors.numpy import load_file, save

import xdrec.encoders
from xdrec import fusion, interest
from xdrec.data.cache import write_whole
from xdrec.data.caps import scan_parquet
from xdrec.data.checksums import digest
from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders import Encoder, Features
from xdrec.fusion import BilinearFusion, Fused, GatedFusion, SharedSpace, concatenate
from xdrec.interest import Popularity, Scorer
from xdrec.recommend import recommend
from xdrec.saved import loading

VERSION = 2
# What an encoder of each modality reads of an item; text reads title, category, brand, description.
COLUMNS = {"image": "image_path", "audio": "audio_path", "video": "video_path",
           "series": "series_path"}  # fmt: skip
TABLES = ("items", "interactions", "users")
ON_VECTORS = ("BehaviourMean", "SequenceTransformer")  # h of the items' vectors, in both domains
ON_EVENTS = ("ALS", "BPR", "EASE", "ItemKNN", "MatrixFactorization", "Popularity", "UserKNN")


class Pipeline:
    """recommend(interest(fuse(encode(items)), history), items), document X 4.2, end to end.

    `f` names an encoder for each modality ("text", "image", "audio", "video", "series"); `g` is
    None for weighted concatenation or a fusion that `fit` teaches, on who has what; `alpha` steers
    it. `h` is the name of a class of `xdrec.interest` and `settings` its arguments: BehaviourMean
    and SequenceTransformer are given the fused vectors of both domains, EASE those of the target as
    its content, the others none. Of
    whom h knows nothing, popularity says what they get.

    After `fit`: `features` and `fused`, each by domain ("source", "target"); `scorer`, the fitted
    h; `known`, the two domains. Every part can be used by itself, and a change of `alpha` by
    `steer` encodes nothing again. `print(pipeline)` shows the parts.

    Raises ValueError for modalities, parts or columns that are not there. Source: documents X 4.2
    and T 2.4. Book: recommendation.

    >>> from xdrec.data import make_world
    >>> from xdrec.encoders import LanguageModel
    >>> world = make_world(users=60, items=40, sparsity=0.8, images=False)
    >>> p = Pipeline({"text": LanguageModel()}, settings={"history": "either"})
    >>> p = p.fit(world.domains["books"], world.domains["films"])
    >>> p.recommend(world.domains["films"].user_ids[0], k=3)["rank"].to_list()
    [1, 2, 3]
    """

    def __init__(
        self,
        f: Mapping[str, Encoder],
        g: GatedFusion | BilinearFusion | SharedSpace | None = None,
        h: str = "BehaviourMean",
        settings: Mapping[str, Any] | None = None,
        alpha: Mapping[str, float] | None = None,
    ) -> None:
        unknown = set(f) - {"text", *COLUMNS}
        if unknown or not f:
            raise ValueError(f"modalities {sorted(f)}: expected some of text, {', '.join(COLUMNS)}")
        if h not in ON_VECTORS + ON_EVENTS:
            raise ValueError(f"h={h!r}: expected one of {', '.join(ON_VECTORS + ON_EVENTS)}")
        fusion.simplex(alpha, tuple(f))  # refused here, and not after the encoding
        self.f, self.g, self.h = dict(f), g, h
        self.settings, self.alpha = dict(settings or {}), alpha

    def fit(self, source: Domain, target: Domain) -> Self:
        """Encode, fuse and learn the interests; what was encoded before comes from the cache."""
        self.known = CrossDomain(source, target)
        self.features = {
            side: {m: encoder.encode(read_items(domain, m)) for m, encoder in self.f.items()}
            for side, domain in (("source", source), ("target", target))
        }
        if self.g is not None:
            stacked = {m: _stacked(self.features["target"][m], self.features["source"][m])
                       for m in self.f}  # fmt: skip
            if isinstance(self.g, SharedSpace):
                self.g.fit(stacked)
            else:
                self.g.fit(stacked, self.known.matrix("both"))
        return self.steer(self.alpha)

    def steer(self, alpha: Mapping[str, float] | None) -> Self:
        """Other weights α_m: fuse and fit h anew; nothing is encoded, and g is not taught again."""
        g = concatenate if self.g is None else self.g.fuse
        self.alpha = alpha
        self.fused: dict[str, Fused] = {s: g(each, alpha) for s, each in self.features.items()}
        vectors = (self.fused["target"], self.fused["source"]) if self.h in ON_VECTORS else ()
        content = {"content": self.fused["target"]} if self.h == "EASE" else {}
        self.scorer: Scorer = getattr(interest, self.h)(*vectors, **self.settings, **content)
        self.scorer.fit(self.known)
        self.fallback = Popularity().fit(self.known)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        """h(u, v) of all target items, float [users, items]."""
        return self.scorer.score(users)

    def recommend(self, users: str | Sequence[str], k: int = 10, **options: Any) -> pl.DataFrame:
        """The list, as `xdrec.recommend.recommend` gives it, which also takes the `options`."""
        return recommend(
            self.scorer, self.known, users, k, **{"fallback": self.fallback} | options
        )  # fmt: skip

    def save(self, folder: str | Path) -> None:
        """Encoders, fusion, features (safetensors), tables (Parquet) and the rest as JSON.

        pipeline.json, written last and whole, names the folder of the parts and the sum of each
        file: until then, and whatever happens, what was saved here before is what `load` finds.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            try:
                self._save(folder, f"parts-{uuid4().hex[:8]}")
            finally:  # what pipeline.json does not name is of an earlier save, or of none
                named = _named(folder)
                for old in folder.glob("parts-*"):
                    if old.name != named:
                        shutil.rmtree(old, ignore_errors=True)

    def _save(self, home: Path, parts: str) -> None:
        folder = home / parts
        for m, encoder in self.f.items():
            encoder.save(folder / "f" / m)
        if self.g is not None:
            self.g.save(folder / "g")
        arrays = {
            f"{side}/{m}/{name}": np.ascontiguousarray(getattr(features, name))
            for side, each in self.features.items()
            for m, features in each.items()
            for name in ("vectors", "present")
        }
        write_whole(folder / "features.safetensors", save(arrays))
        for side in ("source", "target"):
            domain: Domain = getattr(self.known, side)
            for table in TABLES:
                if (frame := getattr(domain, table)) is not None:
                    (folder / side).mkdir(parents=True, exist_ok=True)
                    frame.write_parquet(folder / side / f"{table}.parquet")
        said = {
            "version": VERSION, "h": self.h, "settings": self.settings, "alpha": self.alpha,
            "f": {m: type(encoder).__name__ for m, encoder in self.f.items()},
            "g": None if self.g is None else type(self.g).__name__,
            "domains": {side: getattr(self.known, side).name for side in ("source", "target")},
            "parts": parts, "sums": _sums(folder),
        }  # fmt: skip
        write_whole(home / "pipeline.json", json.dumps(said, indent=1).encode())

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """What `save` wrote, fitted: h is learnt again from the same tables, all else is read.

        Raises FileNotFoundError where there is none, ValueError for another version, for a part
        that this one does not know, and for files that are not those that were written.
        """
        with loading(folder):
            return cls._load(Path(folder))

    @classmethod
    def _load(cls, folder: Path) -> Self:
        said = json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))
        if said.get("version") != VERSION:
            raise ValueError(
                f"{folder} holds a pipeline of version {said.get('version')}: expected {VERSION}"
            )
        kinds = [*said["f"].values(), *([said["g"]] if said["g"] else [])]
        strange = [k for k in kinds if k not in xdrec.encoders.__all__ + fusion.__all__]
        if strange:
            raise ValueError(f"{folder} needs the parts {strange}, which this version has not")
        folder /= Path(said["parts"]).name  # never a folder elsewhere
        sums = _sums(folder)
        if differ := sorted(name for name in sums | said["sums"]
                            if sums.get(name) != said["sums"].get(name)):  # fmt: skip
            raise ValueError(f"{folder} is damaged: {', '.join(differ)} is not what was written")
        f = {m: getattr(xdrec.encoders, k).load(folder / "f" / m) for m, k in said["f"].items()}
        g = getattr(fusion, said["g"]).load(folder / "g") if said["g"] else None
        made = cls(f, g, said["h"], said["settings"], said["alpha"])
        made.known = CrossDomain(
            *(_table(folder / side, said["domains"][side]) for side in ("source", "target"))
        )
        arrays = load_file(folder / "features.safetensors")
        made.features = {
            side: {m: Features(arrays[f"{side}/{m}/vectors"], arrays[f"{side}/{m}/present"])
                   for m in f}
            for side in ("source", "target")
        }  # fmt: skip
        return made.steer(said["alpha"])

    def __repr__(self) -> str:
        weights = fusion.simplex(self.alpha, tuple(self.f))
        lines = []
        for letter, (m, encoder) in zip("f" + " " * len(self.f), self.f.items(), strict=False):
            seen = ""
            if hasattr(self, "features"):
                present = self.features["target"][m].present
                seen = f", {present.sum():,} of {len(present):,} target items"
            lines.append(
                f"{letter}  {m:<6} {type(encoder).__name__}: {encoder.width} numbers{seen}"
            )
        g = "concatenate" if self.g is None else type(self.g).__name__
        steered = ", ".join(f"{m} {a:.2f}" for m, a in zip(self.f, weights, strict=True))
        said = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        lines += [f"g  {g}, α: {steered}", f"h  {self.h}({said})",
                  "k  the best of h that are new; popularity where h is silent"]  # fmt: skip
        return "\n".join(lines)


def _named(folder: Path) -> str | None:
    """The folder of parts that pipeline.json names."""
    with suppress(OSError, ValueError, TypeError, LookupError):
        return json.loads((folder / "pipeline.json").read_bytes())["parts"]
    return None


def _sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder and below, by its path there."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): digest(file) for file in files}


def read_items(domain: Domain, modality: str) -> list[Any]:
    if modality == "text":
        return domain.texts()
    column = COLUMNS[modality]
    if column not in domain.items.columns:
        raise ValueError(
            f"domain {domain.name!r} has no column {column!r} for the modality {modality!r}; "
            f"it has {', '.join(domain.items.columns)}"
        )
    return domain.items[column].to_list()


def _table(folder: Path, name: str) -> Domain:
    users = folder / "users.parquet"
    return Domain(
        name, scan_parquet(folder / "items.parquet").collect(),
        scan_parquet(folder / "interactions.parquet").collect(),
        scan_parquet(users).collect() if users.is_file() else None,
    )  # fmt: skip


def _stacked(first: Features, second: Features) -> Features:
    return Features(
        np.vstack([first.vectors, second.vectors]), np.append(first.present, second.present)
    )
