"""The pages on one's own data and on handing over: their programs run, and print what they show."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\S+)(?: (\w+))?\n(?::caption: (\S+)\n)?(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize(("page", "least"), [("your_data", 7), ("handover", 4)])
def test_the_page_s_programs_print_what_it_shows(
    page: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    text_of_page = (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    printed, shown = None, 0
    for kind, _, caption, text in BLOCK.findall(text_of_page):
        if kind == "{code-block}":
            (tmp_path / caption).write_text(text, encoding="utf-8")
        elif kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, page, "exec"), names)
            printed = out.getvalue()
        elif kind == "text":
            assert printed == text
            shown += 1
    assert shown >= least
