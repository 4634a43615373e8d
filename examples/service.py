"""Lists over HTTP from what `xdrec.export.hand_over` wrote: python service.py FOLDER [PORT]."""

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
from onnxruntime import InferenceSession
from tornado import httpserver, ioloop, web

BODY, LONGEST, MOST = 1 << 16, 500, 100  # bytes of a request, events of a history, items of a list
EXPECTED = (
    'expected {"history": [{"item_id": "...", "behaviour": "...", "domain": "target"}], "k": 10}'
)


class Model:
    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / "manifest.json").read_bytes())
        for name, right in said["files"].items():
            if sha256((folder / name).read_bytes()).hexdigest() != right:
                sys.exit(f"{folder / name} is not what was handed over")
        if "h" not in said["nets"]:
            sys.exit(f"{folder} has no h.onnx: {said['h']['kind']} is a closed form")
        self.h, self.run = said["h"], InferenceSession(folder / "h.onnx").run
        items = pl.read_parquet(folder / "items.parquet")
        self.row = {pair: row for row, pair in enumerate(items["domain", "item_id"].rows())}
        self.v, self.there, self.events = (
            items[name].to_numpy() for name in ("vector", "present", "events")
        )
        self.listed = items.filter(domain="target")["item_id", "title"].rows()  # they come first

    def list_of(self, history: list[tuple[str, str, str | None]], k: int) -> dict[str, object]:
        if unknown := [item for domain, item, _ in history if (domain, item) not in self.row]:
            raise ValueError(f"unknown items: {', '.join(f'{i:.60}' for i in unknown[:5])}")
        if odd := {kind for *_, kind in history} - {None, *self.h["behaviours"]}:
            raise ValueError(f"unknown behaviour {min(odd):.60}: expected {self.h['behaviours']}")
        met: dict[object, tuple[int, set[str | None]]] = {}
        for at, (domain, item, kind) in enumerate(history):  # oldest first
            if domain in self.h["reads"]:
                row = self.row[domain, item]
                met.setdefault((row, at * self.h["repeats"]), (row, set()))[1].add(kind)
        new = max(0, len(met) - (self.h["longest"] or LONGEST))
        rows = [row for row, _ in met.values()][new:]
        did = np.zeros((1, max(1, len(rows)), len(self.h["behaviours"]) + 1), np.float32)
        upto = np.zeros(did.shape[:2], np.int64)  # an empty history is one row of padding
        upto[0, : len(rows)] = new + 1 + np.arange(len(rows))
        for at, (row, kinds) in enumerate([*met.values()][new:]):
            did[0, at] = [
                *(kind in kinds for kind in self.h["behaviours"]),
                row >= len(self.listed),
            ]
        read = rows or [0]
        u = self.run(None, {"v": self.v[read][None], "did": did, "upto": upto,
                            "there": self.there[read][None] & (upto > 0)})[0][0]  # fmt: skip
        n = len(self.listed)
        scores = self.v[:n] @ u if u.any() else self.events[:n].astype(float)
        scores[[row for d, i, _ in history if (row := self.row[d, i]) < n]] = -np.inf
        best = [row for row in np.argsort(-scores, kind="stable")[:k] if scores[row] > -np.inf]
        listed = [{"item_id": self.listed[row][0], "title": self.listed[row][1],
                   "score": float(scores[row])} for row in best]  # fmt: skip
        return {"items": listed, "because": "interest" if u.any() else "popularity"}


class Json(web.RequestHandler):
    def prepare(self) -> None:
        if type(self) is Json:
            raise web.HTTPError(404)

    def write_error(self, status_code: int, **_: object) -> None:
        self.finish({"error": self._reason})


class Health(Json):
    def get(self) -> None:
        self.write({"status": "ok", "items": len(self.application.settings["model"].listed)})


class Recommend(Json):
    def post(self) -> None:
        try:
            if len(self.request.body) > BODY:
                raise ValueError(f"{len(self.request.body)} bytes: expected at most {BODY}")
            history, k = read(self.request.body)
            self.write(self.application.settings["model"].list_of(history, k))
        except ValueError as error:
            self.set_status(413 if len(self.request.body) > BODY else 400)
            self.write({"error": str(error)})


def read(body: bytes) -> tuple[list[tuple[str, str, str | None]], int]:
    try:
        asked = json.loads(body)
        events, k = asked["history"], asked.get("k", 10)
        history = [(e.get("domain", "target"), e["item_id"], e.get("behaviour")) for e in events]
        right = all(
            type(d) is type(i) is str and type(b) in (str, type(None)) for d, i, b in history
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        right = False
    if not right:
        raise ValueError(EXPECTED)
    if type(k) is not int or not 1 <= k <= MOST or len(history) > LONGEST:
        raise ValueError(f"expected k from 1 to {MOST} and at most {LONGEST} events")
    return history, k


if __name__ == "__main__":
    app = web.Application(
        [("/recommend", Recommend), ("/health", Health)],
        default_handler_class=Json, model=Model(Path(sys.argv[1])),
    )  # fmt: skip
    server = httpserver.HTTPServer(app, max_body_size=16 * BODY, body_timeout=10)
    server.listen(int(sys.argv[2]) if len(sys.argv) > 2 else 8080, "127.0.0.1")
    ioloop.IOLoop.current().start()
