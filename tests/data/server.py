"""A web server on 127.0.0.1 that can break off, fail or forget Range, and that counts."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass
class Page:
    """What one address gives, and how badly."""

    body: bytes
    etag: str = '"v1"'
    encoding: str = ""  # what the page claims, true or not
    modified: str = ""
    ranges: bool = True
    length: bool = True
    pace: float = 0.0  # seconds before each 64 KiB
    gate: threading.Event | None = None  # nothing is sent before it is set
    statuses: list[int] = field(default_factory=list)  # given first, one a request
    cuts: list[int] = field(default_factory=list)  # bytes sent before closing, one a request


class Server:
    """`with Server({"/a": Page(b"...")}) as server: fetch(server.url("/a"), ...)`."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self.pages, self.requests, self.sent = pages, Counter[str](), Counter[str]()
        self.headers: list[dict[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that left
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}{path}"

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        self.requests[path] += 1
        self.headers.append(dict(request.headers))
        page = self.pages.get(path)
        if page is None or page.statuses:
            request.send_error(page.statuses.pop(0) if page else 404)
            return
        body, start, status = page.body, 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        same = request.headers.get("If-Range", page.etag) in (page.etag, page.modified)
        if asked and page.ranges and same:
            start, status = int(asked[1]), 206
            if start >= len(body):
                request.send_response(416)
                request.send_header("Content-Range", f"bytes */{len(body)}")
                request.end_headers()
                return
        request.send_response(status)
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if page.length:
            request.send_header("Content-Length", str(len(body) - start))
        if page.encoding:
            request.send_header("Content-Encoding", page.encoding)
        if page.etag:
            request.send_header("ETag", page.etag)
        if page.modified:
            request.send_header("Last-Modified", page.modified)
        request.end_headers()
        piece = body[start:]
        if page.cuts:
            piece = piece[: page.cuts.pop(0)]
        if page.gate:
            page.gate.wait(60)
        for at in range(0, len(piece), 1 << 16):
            time.sleep(page.pace)
            request.wfile.write(piece[at : at + (1 << 16)])
            self.sent[path] += len(piece[at : at + (1 << 16)])
