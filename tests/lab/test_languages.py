"""Every text of every widget is there in both languages, with the same places to be filled in."""

from __future__ import annotations

import json
import re

import pytest
import traitlets

from xdrec.lab.base import HERE, LabWidget, code

WIDGETS = sorted(path.stem for path in HERE.glob("*.js") if path.stem != "shared")
STRING = r'"(?:[^"\\]|\\.)*"'


def strings(pattern: str, text: str) -> list[str]:
    return [json.loads(found) for found in re.findall(pattern, text)]


def chinese(name: str, script: str) -> dict[str, str]:
    """A table of the script; its keys are strings or bare names."""
    table = re.search(rf"^const {name} = \{{\n(.*?)^\}};", script, re.DOTALL | re.MULTILINE)
    assert table, f"no table {name}"
    pairs = re.findall(rf"^  ({STRING}|\w+):\s+({STRING}),$", table[1], re.MULTILINE)
    read = {(json.loads(k) if k[0] == '"' else k): json.loads(v) for k, v in pairs}
    assert len(read) == len(pairs) == table[1].count('",\n'), "a line that cannot be read"
    return read


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("name", WIDGETS)
def test_what_is_said_is_there_in_both_languages(name: str) -> None:
    script = code(name)
    own = chinese("CHINESE", script)
    table = chinese("COMMON", script) | own
    said = set(strings(rf"\bt\(\s*({STRING})", script))
    assert said <= set(table), "said, and not translated"
    python = (HERE / f"{name}.py").read_text("utf-8")
    for english, other in table.items():
        assert places(english) == places(other), english
    for english in own:
        # Some are said by their name in a variable, or come from Python.
        assert script.count(english) > 1 or english in python, f"nobody says {english!r}"


def test_only_languages_that_are_there() -> None:
    class Bare(LabWidget):
        pass

    bare = Bare()
    bare.language = "zh"
    with pytest.raises(traitlets.TraitError, match=r"'en'.*'zh'"):
        bare.language = "fr"
