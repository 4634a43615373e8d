"""A fitted pipeline for a service without torch: ONNX, safetensors, Parquet, and what is what."""

from __future__ import annotations

import copy
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from xdrec import __version__, fusion
from xdrec.data.cache import made_whole, write_whole
from xdrec.data.checksums import digest
from xdrec.encoders import Encoder, LanguageModel
from xdrec.encoders.base import Unreadable
from xdrec.export_nets import FusionOfArrays, interest_net, random_events, random_items
from xdrec.interest import EASE
from xdrec.interest.collaborative import OnFactors
from xdrec.interest.histories import kinds_of
from xdrec.pipeline import Pipeline, read_items

VERSION, OPSET, CLOSE = 1, 20, 1e-4


def hand_over(
    pipeline: Pipeline, folder: str | Path, *, without: Sequence[str] = ()
) -> dict[str, Any]:
    """Write a fitted pipeline as files that onnxruntime and Parquet readers take; the manifest.

    `f_<modality>.onnx`: an encoder's net, float32 whatever the pipeline read in (of a text also
    its tokenizer); `g.onnx`: `FusionOfArrays`; `h.onnx`: `MeanOfArrays` or `SequenceOfArrays`;
    `items.parquet`: domain, item_id, title, vector, present, and the number of events; all weights
    in `weights.safetensors`; `manifest.json`: versions, names and shapes, the sum of each file. The
    score of an item is ⟨u, v⟩ with u from h.onnx and v the item's vector. onnxruntime runs each net
    on batches of several sizes, with what is missing, empty or padded, and has to give torch's
    numbers within 1e-4. The folder is whole or not there; one that was there is replaced.

    EASE, ALS and BPR have no net: what they have learnt stands in weights.safetensors, and there is
    no h.onnx. `without` names modalities whose encoders stay behind, not their vectors.
    Raises ImportError without `xdrec[serve]`, RuntimeError before `fit` and where a check fails,
    ValueError for an encoder or an h that cannot be handed over, and for unknown modalities.
    Source: document X 4.2.4; the ONNX specification. Book: handing over a model.
    """
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError:
        raise ImportError("handing over needs onnxruntime: pip install 'xdrec[serve]'") from None
    if not hasattr(pipeline, "scorer"):
        raise RuntimeError("this pipeline is not fitted: call fit(source, target) first")
    if unknown := sorted(set(without) - set(pipeline.f)):
        raise ValueError(f"without={unknown}: expected some of {', '.join(pipeline.f)}")
    with made_whole(Path(folder)) as new:
        new.mkdir()
        return _write(pipeline, new, without)


def _write(pipeline: Pipeline, folder: Path, without: Sequence[str]) -> dict[str, Any]:
    known, scorer = pipeline.known, pipeline.scorer
    which = getattr(scorer, "history", None) or getattr(scorer, "settings", {}).get("history", "")
    reads = {"target": ["target"], "source": ["source"]}.get(which, ["target", "source"])
    kinds = sorted(set().union(*(kinds_of(getattr(known, side)) for side in reads)))
    h, learnt = interest_net(scorer, kinds), {}
    if h is None:
        reads, learnt = ["target"], _closed(scorer)
    widths = {m: encoder.width for m, encoder in pipeline.f.items()}
    alpha = fusion.simplex(pipeline.alpha, tuple(pipeline.f))
    # Copies: on another device the pipeline stays where it is.
    g = copy.deepcopy(FusionOfArrays(list(widths.values()), alpha, pipeline.g, scorer))
    g = g.eval().to("cpu")
    table = _catalogue(pipeline, g, reads)
    nets: dict[str, dict[str, Any]] = {}
    for m, encoder in pipeline.f.items():
        if m not in without:
            net = copy.deepcopy(encoder.net).eval().float().to("cpu")
            nets[f"f_{m}"] = _encoder(m, encoder, net, pipeline, folder)
            learnt |= _weights(f"f_{m}", net)
    items = [random_items(list(widths.values()), n) for n in (9, 1)]
    nets["g"] = exported(g, folder / "g.onnx", items, "vector")
    learnt |= _weights("g", g)
    if h is not None:
        width = table["vector"].dtype.shape[0]  # type: ignore[attr-defined]
        drawn = [random_events(width, len(kinds), shape) for shape in ((16, 7), (1, 1), (3, 40))]
        nets["h"] = exported(copy.deepcopy(h).to("cpu"), folder / "h.onnx", drawn, "interest")
        learnt |= _weights("h", h)
    table.write_parquet(folder / "items.parquet")
    write_whole(folder / "weights.safetensors", save(learnt))
    said: dict[str, Any] = {
        "version": VERSION, "xdrec": __version__, "opset": OPSET,
        "made_with": {name: version(name) for name in ("torch", "onnx", "onnxruntime")},
        "nets": nets, "modalities": widths, "alpha": dict(zip(widths, alpha.tolist(), strict=True)),
        # What the vectors in items.parquet were read in; the exported nets are float32 throughout.
        "read_in": {m: str(e.dtype).removeprefix("torch.") for m, e in pipeline.f.items()},
        "h": {
            "kind": pipeline.h, "reads": reads, "behaviours": kinds,
            "longest": getattr(scorer, "settings", {}).get("max_length"),
            "repeats": pipeline.h == "BehaviourMean",  # an item that is met again counts again
        },
        "files": {file.name: digest(file) for file in sorted(folder.iterdir())},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    return said


def _encoder(
    m: str, encoder: Encoder, net: nn.Module, pipeline: Pipeline, folder: Path
) -> dict[str, Any]:
    """f, on items of the target and on one alone, short where it may be, as `collate` pads them."""
    items = [each for each in read_items(pipeline.known.target, m) if encoder.present(each)]
    things = [t for t in encoder.prepare(items[:8]) if not isinstance(t, Unreadable)]
    if not things:
        raise ValueError(f"no item has the modality {m!r}: hand_over(..., without=[{m!r}])")
    least = min(things, key=encoder.size)
    few = [least[:3] if isinstance(least, list) else least]
    extra: dict[str, Any] = {"kind": type(encoder).__name__}
    if isinstance(encoder, LanguageModel):
        file = f"tokenizer_{m}.json"
        encoder.tokenizer.backend_tokenizer.save(str(folder / file))
        extra |= {"tokenizer": file, "max_length": encoder.max_length}
    batches = [
        {name: each.float().numpy() if each.is_floating_point() else each.numpy()
         for name, each in encoder.collate(part).items()}
        for part in (things * 2, few)
    ]  # fmt: skip
    try:
        return exported(net, folder / f"f_{m}.onnx", batches, "vector") | extra
    except torch.onnx.OnnxExporterError as error:
        raise ValueError(
            f"the encoder of {m!r}, {type(encoder).__name__}, cannot be written as ONNX: "
            f"hand_over(..., without=[{m!r}]) leaves it behind and takes its vectors along"
        ) from error


def exported(
    net: nn.Module, path: Path, batches: Sequence[Mapping[str, np.ndarray]], output: str
) -> dict[str, Any]:
    """Write a net as ONNX, checked on all `batches`: what goes in and out, and how near it came.

    An axis whose length differs between batches may have any length. Raises RuntimeError where
    onnxruntime is further than 1e-4 from torch. Book: handing over a model.
    """
    import onnxruntime

    first = {name: torch.from_numpy(np.array(each)) for name, each in batches[0].items()}
    free = {
        name: {axis: torch.export.Dim.DYNAMIC for axis in range(each.ndim)
               if len({batch[name].shape[axis] for batch in batches}) > 1}
        for name, each in first.items()
    }  # fmt: skip
    silent, level = logging.getLogger("torch.onnx"), logging.getLogger("torch.onnx").level
    silent.setLevel(logging.ERROR)
    try:
        # The plain kernel: ONNX lays an attention's answer out as that one does.
        with sdpa_kernel(SDPBackend.MATH), warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")  # of torch's own code
            torch.onnx.export(
                net, kwargs=first, f=path, input_names=list(first), output_names=[output],
                dynamic_shapes=free, opset_version=OPSET, external_data=False, dynamo=True,
            )  # fmt: skip
    finally:
        silent.setLevel(level)
    running = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    furthest = 0.0
    for batch in batches:
        (found,) = running.run(None, dict(batch))
        with torch.no_grad():
            right = net(**{name: torch.from_numpy(np.array(each)) for name, each in batch.items()})
        furthest = max(furthest, float(np.abs(found - right.numpy()).max()))
    if not furthest <= CLOSE:
        raise RuntimeError(f"{path.name} is {furthest:.1e} from torch: expected at most {CLOSE}")
    inputs = {each.name: {"shape": each.shape, "type": each.type} for each in running.get_inputs()}
    return {"inputs": inputs, "output": running.get_outputs()[0].shape, "furthest": furthest}


def _catalogue(pipeline: Pipeline, g: FusionOfArrays, reads: Sequence[str]) -> pl.DataFrame:
    """The items that a history may hold and those to be ranked, with their vectors v."""
    parts = []
    for side in dict.fromkeys(["target", *reads]):
        domain, features = getattr(pipeline.known, side), pipeline.features[side].values()
        x, present = (np.column_stack([getattr(each, name) for each in features])
                      for name in ("vectors", "present"))  # fmt: skip
        with torch.no_grad():
            v = g(torch.from_numpy(x), torch.from_numpy(present)).numpy()
        counts = domain.interactions.group_by("item_id").len("events")
        table = domain.items.select("item_id", "title").join(
            counts, on="item_id", how="left", maintain_order="left"
        )
        parts.append(
            table.select(
                pl.lit(side).alias("domain"), "item_id", "title",
                pl.Series("vector", v, pl.Array(pl.Float32, v.shape[1])),
                pl.Series("present", v.any(axis=1)), pl.col("events").fill_null(0),
            )
        )  # fmt: skip
    return pl.concat(parts)


def _closed(scorer: Any) -> dict[str, Tensor]:
    """What a closed form has learnt: B of EASE, the vectors of a factorization."""
    if isinstance(scorer, EASE):
        return {"h/b": torch.from_numpy(np.ascontiguousarray(scorer.weights(), np.float32))}
    if isinstance(scorer, OnFactors):
        return {f"h/{name}": torch.from_numpy(np.array(getattr(scorer, name), np.float32))
                for name in ("item_vectors", "user_vectors")}  # fmt: skip
    raise ValueError(
        f"h is {type(scorer).__name__}, which has neither a net nor weights of its own to hand "
        "over: expected BehaviourMean, SequenceTransformer, EASE, ALS or BPR"
    )


def _weights(name: str, net: nn.Module) -> dict[str, Tensor]:
    return {f"{name}/{at}": w.contiguous().clone() for at, w in net.state_dict().items()}
