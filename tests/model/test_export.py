"""What is handed over: the same numbers without torch, over HTTP too, and errors that say what."""

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pytest
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch import nn

from xdrec.data import make_world
from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders import Features, ImageCNN, LanguageModel, TextRNN
from xdrec.encoders.text import train_tokenizer
from xdrec.encoders.tiny import tiny_bert
from xdrec.export import exported, hand_over
from xdrec.export_nets import FusionOfArrays, MeanOfArrays, random_items
from xdrec.fusion import BilinearFusion, GatedFusion, SharedSpace, concatenate
from xdrec.interest import BehaviourMean
from xdrec.interest.histories import histories
from xdrec.pipeline import Pipeline
from xdrec.plan import Plan

SERVICE = Path(__file__).parents[2] / "examples" / "service.py"
SMALL = Plan(epochs=2, batch_size=16, lr=3e-3)


@pytest.fixture(scope="module")
def two() -> tuple[Domain, Domain]:
    """Books and films; every third film has no cover, and one neither cover nor words."""
    world = make_world(users=50, items=40, sparsity=0.8, seed=5)
    books, films = world.domains["books"], world.domains["films"]
    row = pl.int_range(pl.len())
    columns = ("title", "category", "brand", "description")
    words = [
        pl.when(row == 1).then(None).otherwise(pl.col(c)).alias(c)
        for c in columns
        if c in films.items.columns
    ]
    items = films.items.with_columns(
        *words, image_path=pl.when(row % 3 == 1).then(None).otherwise("image_path")
    )
    return books, Domain("films", items, films.interactions)


@pytest.fixture(scope="module")
def fitted(two: tuple[Domain, Domain], tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A gate over words and covers, and a transformer that reads both domains."""
    words = tiny_bert(two[1].texts(), tmp_path_factory.mktemp("bert"), width=16, layers=1)
    f = {"text": LanguageModel(words), "image": ImageCNN((32, 24), (4, 8), 2)}
    g = GatedFusion(width=12, device="cpu")
    settings = {"history": "both", "width": 8, "heads": 2, "max_length": 6, "plan": SMALL}
    return Pipeline(f, g, "SequenceTransformer", settings, {"text": 0.7, "image": 0.3}).fit(*two)


@pytest.fixture(scope="module")
def folder(fitted: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("handed") / "over"
    said = hand_over(fitted, place)
    assert max(net["furthest"] for net in said["nets"].values()) < 1e-5
    assert said == json.loads((place / "manifest.json").read_text())
    return place


def run(folder: Path, net: str, **given: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(folder / f"{net}.onnx")
    return np.asarray(session.run(None, given)[0])


def test_interest_times_items_is_the_pipeline_s_score(fitted: Pipeline, folder: Path) -> None:
    kinds = fitted.scorer.behaviours
    told, people = histories(fitted.known, "both", kinds), len(fitted.known.users)
    items = pl.read_parquet(folder / "items.parquet")
    v, there = items["vector"].to_numpy(), items["present"].to_numpy()
    right = fitted.score(fitted.known.users)
    for person in range(people):
        of = told.of(person, 6)
        rows = np.append(told.item[of], [0, 0])  # two rows of padding
        did = np.vstack([told.did[of], np.zeros((2, len(kinds) + 1), np.float32)])
        upto = np.append(told.upto[of], [0, 0])
        u = run(folder, "h", v=v[rows][None], did=did[None], upto=upto[None],
                there=(there[rows] & (upto > 0))[None])  # fmt: skip
        np.testing.assert_allclose(v[: right.shape[1]] @ u[0], right[person], atol=1e-4)


def test_from_words_and_pictures_to_the_table_s_vectors(fitted: Pipeline, folder: Path) -> None:
    target = fitted.known.target
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer_text.json"))
    encoder = fitted.f["text"]
    texts = target.texts()
    x = np.zeros((len(texts), encoder.width), np.float32)
    for row, text in enumerate(texts):
        if text is not None:
            ids = np.array([tokenizer.encode(text).ids[: encoder.max_length]])
            x[row] = run(folder, "f_text", input_ids=ids, attention_mask=np.ones_like(ids))[0]
    # bfloat16 at most lies between them where the pipeline read in it
    assert float((x * fitted.features["target"]["text"].unit()).sum(axis=1)[0]) > 0.999
    parts = [fitted.features["target"][m] for m in fitted.f]
    v = run(folder, "g", x=np.column_stack([p.vectors for p in parts]),
            present=np.column_stack([p.present for p in parts]))  # fmt: skip
    table = pl.read_parquet(folder / "items.parquet").filter(domain="target")
    np.testing.assert_allclose(v, table["vector"].to_numpy(), atol=1e-5)
    np.testing.assert_allclose(v, fitted.scorer.item_vectors().vectors, atol=1e-4)
    assert table["present"].to_list().count(False) == 1
    assert not v[1].any()  # nothing there: nothing invented
    assert table["item_id"].to_list() == target.item_ids.to_list()
    assert table["events"].sum() == len(target.interactions)


def test_all_weights_come_along(fitted: Pipeline, folder: Path) -> None:
    learnt = load_file(folder / "weights.safetensors")
    for name, each in fitted.scorer.net.state_dict().items():
        np.testing.assert_array_equal(learnt[f"h/net.{name}"], each.numpy())
    assert {name.split("/")[0] for name in learnt} == {"f_text", "f_image", "g", "h"}
    assert all(each.dtype in (np.float32, np.int64, np.bool_) for each in learnt.values())


@pytest.mark.parametrize("history", ["target", "source", "both", "either"])
def test_the_mean_from_arrays_is_the_model_s(two: tuple[Domain, Domain], history: str) -> None:
    """By hand in words: what `MeanOfArrays` says of events is what `BehaviourMean` says of them."""
    rng = np.random.default_rng(1)
    known = CrossDomain(*two)
    vectors = [
        Features.of(rng.normal(size=(len(d.items), 5))) for d in (known.target, known.source)
    ]
    model = BehaviourMean(*vectors, history=history, recency=0.6).fit(known)
    kinds = sorted(model.behaviour_weights)
    net, units = MeanOfArrays(model, kinds).eval(), model.units()
    right = model.interest(known.users).unit()
    for row, user in enumerate(known.users[:25]):
        events = []
        for at, side in enumerate(("target", "source")):
            if history in (side, "both", "either"):
                domain = getattr(known, side)
                mine = domain.interactions.filter(user_id=user)
                first = at * len(known.target.items)
                for item, when, kind in mine.select("item_id", "timestamp", "behaviour").rows():
                    events.append((when, first + int(domain.item_index([item])[0]), kind, at))
        if not events:
            assert not right[row].any()
            continue
        when = np.array([e[0] for e in events])
        did = [[*(kind == k for k in kinds), at] for _, _, kind, at in events]
        u = net(
            torch.from_numpy(units[[e[1] for e in events]])[None],
            torch.tensor(did, dtype=torch.float32)[None],
            torch.from_numpy((when[None] <= when[:, None]).sum(axis=1))[None],
            torch.ones(1, len(events), dtype=torch.bool),
        )
        np.testing.assert_allclose(u[0].numpy(), right[row], atol=1e-5)


@pytest.mark.parametrize("kind", [BilinearFusion, SharedSpace, None])
def test_every_fusion_can_be_handed_over(
    two: tuple[Domain, Domain], tmp_path: Path, kind: type | None
) -> None:
    rng = np.random.default_rng(2)
    parts = {m: Features.of(rng.normal(size=(30, d)), rng.random(30) < 0.8)
             for m, d in (("text", 6), ("image", 4))}  # fmt: skip
    alpha = {"text": 0.25, "image": 0.75}
    g = None
    if kind is not None:
        g = kind(width=5, device="cpu")
        args = (parts,) if kind is SharedSpace else (parts, rng.random((20, 30)) < 0.4)
        g.fit(*args, plan=Plan(epochs=1))
    fused = concatenate(parts, alpha) if g is None else g.fuse(parts, alpha)
    net = FusionOfArrays([6, 4], np.array([0.25, 0.75]), g).eval()
    exported(net, tmp_path / "g.onnx", [random_items([6, 4], n) for n in (9, 1)], "vector")
    v = run(tmp_path, "g", x=np.column_stack([p.vectors for p in parts.values()]),
            present=np.column_stack([p.present for p in parts.values()]))  # fmt: skip
    np.testing.assert_allclose(v, fused.unit(), atol=1e-4)


@pytest.mark.long  # a shorter way with it: the page on handing over
def test_minilm_leaves_in_float32(two: tuple[Domain, Domain], tmp_path: Path) -> None:
    """The real model; its fast way of reading, in bfloat16, stays at home."""
    f = LanguageModel()
    p = Pipeline({"text": f}, h="EASE").fit(*two)
    said = hand_over(p, tmp_path / "over")
    assert said["nets"]["f_text"]["furthest"] < 1e-5
    words = ["a cup of tea", "a very long way to the sea and back"]
    batch = f.collate(f.prepare(words))
    found = run(tmp_path / "over", "f_text", **{n: t.numpy() for n, t in batch.items()})
    with torch.no_grad():
        right = f.net.eval()(**batch).numpy()
    np.testing.assert_allclose(found, right, atol=1e-5)
    learnt = load_file(tmp_path / "over" / "weights.safetensors")
    assert {str(w.dtype) for n, w in learnt.items() if n.startswith("f_text")} <= {
        "float32",
        "int64",
    }
    # A closed form has no net: what it has learnt comes as numbers.
    assert not (tmp_path / "over" / "h.onnx").exists()
    np.testing.assert_allclose(learnt["h/b"], p.scorer.weights(), atol=1e-6)


def test_what_cannot_be_handed_over(two: tuple[Domain, Domain], tmp_path: Path) -> None:
    books, films = two
    tokenizer = train_tokenizer(films.texts())
    rnn = TextRNN(tokenizer, embedding=4, hidden=4)
    unfitted = Pipeline({"text": rnn})
    with pytest.raises(RuntimeError, match="not fitted: call fit"):
        hand_over(unfitted, tmp_path / "a")
    p = Pipeline({"text": rnn}, h="UserKNN").fit(books, films)
    with pytest.raises(ValueError, match=r"h is UserKNN.*expected BehaviourMean"):
        hand_over(p, tmp_path / "a")
    p = Pipeline({"text": rnn}).fit(books, films)
    with pytest.raises(ValueError, match=r"TextRNN, cannot be written.*without=\['text'\]"):
        hand_over(p, tmp_path / "a")
    with pytest.raises(ValueError, match=r"without=\['smell'\]: expected some of text"):
        hand_over(p, tmp_path / "a", without=["smell"])
    assert not (tmp_path / "a").exists()  # nothing half written
    hand_over(p, tmp_path / "a", without=["text"])
    assert not (tmp_path / "a" / "f_text.onnx").exists()


def test_a_net_that_differs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: numbers other than torch's are an error, and nothing is kept."""
    net, batch = nn.Linear(3, 2), {"input": np.ones((2, 3), np.float32)}
    monkeypatch.setattr("xdrec.export.CLOSE", -1.0)
    with pytest.raises(RuntimeError, match=r"l.onnx is .* from torch: expected at most"):
        exported(net, tmp_path / "l.onnx", [batch], "out")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The example service, in a process that could not import torch or xdrec if it wanted to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    program = (
        "import sys, runpy\n"
        "for name in ('torch', 'xdrec', 'transformers'): sys.modules[name] = None\n"
        f"sys.argv = ['service.py', {str(folder)!r}, '{number}']\n"
        f"runpy.run_path({str(SERVICE)!r}, run_name='__main__')"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as service:
        try:
            for _ in range(600):
                assert service.poll() is None
                try:
                    assert ask(number, "GET", "/health")[0] == 200
                    break
                except OSError:
                    time.sleep(0.1)
            yield number
        finally:
            service.terminate()


def ask(port: int, how: str, path: str, body: bytes | None = None) -> tuple[int, dict]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request(how, path, body)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or "{}")
    finally:
        line.close()


def post(port: int, **asked: object) -> tuple[int, dict]:
    return ask(port, "POST", "/recommend", json.dumps(asked).encode())


def test_the_service_gives_the_pipeline_s_list(fitted: Pipeline, port: int) -> None:
    assert ask(port, "GET", "/health") == (200, {"status": "ok", "items": 40})
    known = fitted.known
    events = pl.concat(
        getattr(known, side).interactions.select("user_id", "item_id", "timestamp", "behaviour")
        .with_columns(domain=pl.lit(side)) for side in ("target", "source")
    ).sort("timestamp", maintain_order=True)  # fmt: skip
    compared = 0
    for user in known.users:
        mine = events.filter(user_id=user)
        target = mine.filter(domain="target")
        # The service reads an order; rows of one moment have none.
        if mine["timestamp"].is_duplicated().any() or len(target) < 2:
            continue
        history = mine.select("domain", "item_id", "behaviour").to_dicts()
        status, said = post(port, history=history, k=5)
        right = fitted.recommend(user, k=5)
        assert (status, said["because"]) == (200, "interest")
        assert [i["item_id"] for i in said["items"]] == right["item_id"].to_list()
        np.testing.assert_allclose([i["score"] for i in said["items"]], right["score"], atol=1e-4)
        compared += 1
    assert compared >= 5


def test_of_nobody_it_gives_what_is_popular(fitted: Pipeline, port: int) -> None:
    status, said = post(port, history=[], k=3)
    assert (status, said["because"]) == (200, "popularity")
    counts = fitted.known.target.interactions["item_id"].value_counts()
    most = counts["count"].sort(descending=True)[:3].to_list()
    assert [item["score"] for item in said["items"]] == most


def test_a_list_is_as_long_as_there_are_items(fitted: Pipeline, port: int) -> None:
    seen = fitted.known.target.item_ids[:38].to_list()
    _, said = post(port, history=[{"item_id": item} for item in seen], k=100)
    assert len(said["items"]) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "expected {"),
        (b"\xff\xfe", "expected {"),
        (b"[]", "expected {"),
        (b"{}", "expected {"),
        (b"[" * 50_000, "expected {"),
        (b'{"history": {"item_id": "x"}}', "expected {"),
        (b'{"history": "films"}', "expected {"),
        (b'{"history": [{"item_id": ["x"]}]}', "expected {"),
        (b'{"history": [{"item_id": 7}]}', "expected {"),
        (b'{"history": [null]}', "expected {"),
        (b'{"history": [{"item_id": "x", "behaviour": {}}]}', "expected {"),
        (b'{"history": [], "k": 0}', "k from 1 to 100"),
        (b'{"history": [], "k": 1e9}', "k from 1 to 100"),
        (b'{"history": [], "k": true}', "k from 1 to 100"),
        (b'{"history": [], "k": NaN}', "k from 1 to 100"),
        (b'{"history": [{"item_id": "no-such"}, {"item_id": "nor"}]}', "no-such, nor"),
        (b'{"history": [{"item_id": "\\ud800\\r\\nX: y"}]}', "unknown items"),
        (json.dumps({"history": [{"item_id": "i"}] * 501}).encode(), "at most 500 events"),
    ],
)
def test_hostile_questions_get_a_clear_no(port: int, body: bytes, said: str) -> None:
    status, answer = ask(port, "POST", "/recommend", body)
    assert status == 400
    assert said in answer["error"]
    assert ask(port, "GET", "/health")[0] == 200


def test_other_errors_are_json_too(fitted: Pipeline, port: int) -> None:
    assert ask(port, "GET", "/nowhere") == (404, {"error": "Not Found"})
    assert ask(port, "GET", "/recommend") == (405, {"error": "Method Not Allowed"})
    status, answer = ask(port, "POST", "/recommend", b" " * 70_000)
    assert (status, answer["error"]) == (413, "70000 bytes: expected at most 65536")
    item = fitted.known.target.item_ids[0]
    status, answer = post(port, history=[{"item_id": item, "behaviour": "steal"}])
    assert status == 400
    assert "unknown behaviour steal: expected ['favourite'" in answer["error"]
    # More than the server takes at all: it hangs up, and lives.
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("POST", "/recommend", b" " * 2_000_000)
        assert line.getresponse().status in (400, 413)
    except OSError:
        pass
    assert ask(port, "GET", "/health")[0] == 200


def test_a_changed_file_is_not_served(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    with (copy / "h.onnx").open("ab") as file:
        file.write(b"!")
    done = subprocess.run(
        [sys.executable, SERVICE, copy, "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "h.onnx is not what was handed over" in done.stderr
