"""The page on one's own data: its programs run, and print what stands below them."""

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "book" / "your_data.md"
BLOCK = re.compile(r"^```(\S+)(?: (\w+))?\n(?::caption: (\S+)\n)?(.*?)^```$", re.M | re.S)


def test_the_page_s_programs_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    printed, shown = None, 0
    for kind, _, caption, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "{code-block}":
            (tmp_path / caption).write_text(text, encoding="utf-8")
        elif kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, PAGE.name, "exec"), names)
            printed = out.getvalue()
        elif kind == "text":
            assert printed == text
            shown += 1
    assert shown >= 7
