"""The repository itself: pins in step, nothing in it that must not be, files kept short."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import xdrec

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DESIGN_CARD = {
    *("jupyterlab", "jupyter-book", "torch", "transformers"),
    *("ipywidgets", "plotly", "numpy", "nbmake"),
}


def read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def tracked(*patterns: str) -> list[Path]:
    """The files git knows, or would take up: what a clone of this checkout would hold."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(names.splitlines())) if (ROOT / name).is_file()]


def pins(path: str) -> list[Requirement]:
    """The requirements of a file, hashes and comments left out."""
    text = re.sub(r"\\\n|--hash=\S+|#.*", "", read(path))
    return [Requirement(line) for line in text.splitlines() if line.strip()]


def declared() -> list[Requirement]:
    project = PROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    groups.append(PROJECT["build-system"]["requires"])
    return [Requirement(text) for group in groups for text in group]


# The pins


def test_every_declared_dependency_is_pinned_inside_its_range() -> None:
    pinned: dict[str, set[str]] = {}
    for pin in [*pins("requirements/lock.txt"), *pins("requirements/torch.txt")]:
        (version,) = pin.specifier
        assert version.operator == "==", pin
        pinned.setdefault(canonicalize_name(pin.name), set()).add(version.version)
    for dependency in declared():
        versions = pinned.get(canonicalize_name(dependency.name))
        assert versions, f"{dependency.name} is declared and not pinned: run requirements/lock.py"
        assert all(dependency.specifier.contains(v) for v in versions), (dependency, versions)


def test_lock_and_pins_say_the_same_and_every_line_of_the_lock_has_hashes() -> None:
    assert list(map(str, pins("requirements/lock.txt"))) == list(
        map(str, pins("requirements/pins.txt"))
    )
    packages = re.split(r"^(?=\w)", read("requirements/lock.txt"), flags=re.MULTILINE)[1:]
    assert len(packages) == len(pins("requirements/lock.txt"))
    assert [p.splitlines()[0] for p in packages if "--hash=sha256:" not in p] == []


def test_the_lock_serves_a_cpu_and_a_cuda_machine() -> None:
    names = {pin.name for pin in pins("requirements/lock.txt")}
    assert not [n for n in names if re.match(r"(torch|triton|nvidia|cuda)", n)]
    assert [pin.name for pin in pins("requirements/torch.txt")] == ["torch"]


def test_conda_gets_what_make_gets() -> None:
    environment = yaml.safe_load(read("environment.yml"))
    *conda, pip = environment["dependencies"]
    assert pip["pip"] == ["-r requirements/torch.txt", "-r requirements/pins.txt", "-e ."]
    (python,) = [Requirement(c.replace("=", "==", 1)) for c in conda if c.startswith("python=")]
    (version,) = python.specifier
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(version.version)
    makefile = read("Makefile")
    assert "--requirement requirements/torch.txt" in makefile
    assert "--require-hashes --requirement requirements/lock.txt" in makefile


def test_the_design_card_s_packages_are_declared() -> None:
    assert {canonicalize_name(d.name) for d in declared()} >= DESIGN_CARD


def imports(path: Path) -> set[str]:
    """The full names of the modules that a Python file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


# Folders and, in the book's, files that scripts import by their bare name.
OUR_OWN = {"xdrec", "tests", "benchmarks", "scripts"} | {p.stem for p in tracked("book/*.py")}


DEPENDENCIES = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
# What the library can do more with, if the user has it.
EXTRAS = [
    Requirement(text)
    for extra in ("lora", "tune", "ann", "scale", "serve")
    for text in PROJECT["project"]["optional-dependencies"][extra]
]


@pytest.mark.parametrize(
    ("files", "dependencies"),
    [
        (["xdrec/*.py"], [*DEPENDENCIES, *EXTRAS]),
        (["benchmarks/*.py", "book/*.py", "scripts/*.py", "tests/*.py"], declared()),
    ],
    ids=["library", "rest"],
)
def test_what_is_imported_is_declared(files: list[str], dependencies: list[Requirement]) -> None:
    known = {canonicalize_name(dependency.name) for dependency in dependencies}
    owners = packages_distributions()
    # A peer of the leaderboard runs in an environment of its own, not in ours.
    for path in (path for path in tracked(*files) if not path.name.startswith("peer_")):
        for top in {name.split(".")[0] for name in imports(path)} - OUR_OWN:
            if top not in sys.stdlib_module_names:
                names = set(map(canonicalize_name, owners.get(top, [top])))
                assert names & known, f"{path.relative_to(ROOT)} imports {top}: declare it"


def test_extras_are_imported_where_they_are_needed() -> None:
    extras = {extra.name for extra in EXTRAS}
    theirs = {top for top, names in packages_distributions().items() if extras & set(names)}
    assert {"peft", "optuna", "faiss"} <= theirs
    for path in tracked("xdrec/*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                written = ast.unparse(node)
                assert not [top for top in theirs if re.search(rf"\b{top}\b", written)], path


def test_imports_point_downwards() -> None:
    for path in tracked("xdrec/*.py"):
        room = path.relative_to(ROOT / "xdrec").parts[0]
        names = imports(path)
        if room != "lab":
            assert not [n for n in names if n.startswith("xdrec.lab")], path
        if room == "data":
            assert not [n for n in names if n.split(".")[0] in ("torch", "transformers")], path


# What the repository holds


def test_notebooks_are_committed_without_outputs() -> None:
    for path in tracked("notebooks/*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                assert not cell["outputs"], path
                assert cell["execution_count"] is None, path


def found(pattern: str, *where: str) -> list[str]:
    """`path:line` of every match in the text files of the repository."""
    hits = []
    for path in tracked(*where):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(pattern, line):
                hits.append(f"{path.relative_to(ROOT)}:{number}")
    return hits


# Put together here, so that this file does not contain what it looks for.
REGISTRIES = [rf"{host}\." + "org" for host in ("pypi", "pythonhosted", "npmjs", r"deb\.debian")]
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "farm", "home", "Users")] + ["/root" + r"/\."]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "X" * 3]


def _unordered_means(code: str) -> list[int]:
    """The lines where polars adds up groups in whichever order its threads end."""
    lines = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Attribute(attr="group_by"), keywords=kept), attr="agg"
                )
            ) if not any(word.arg == "maintain_order" for word in kept):
                names = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
                lines += [node.lineno] if names & {"mean", "sum", "std", "var"} else []
    return lines


def test_means_of_groups_are_added_up_in_one_order() -> None:
    mean = 'table.group_by("a"{}).agg(pl.col("x").mean())'
    assert _unordered_means(mean.format("")) == [1]
    assert not _unordered_means(mean.format(", maintain_order=True"))
    cells = {
        f"{path.name}, {cell['id']}": "".join(cell["source"])
        for path in tracked("notebooks/*.ipynb")
        for cell in json.loads(read(path))["cells"]
        if cell["cell_type"] == "code"
    }
    files = {str(path): read(path) for path in tracked("xdrec/*.py", "benchmarks/*.py")}
    assert {name for name, code in {**cells, **files}.items() if _unordered_means(code)} == set()


def test_no_address_of_a_package_registry() -> None:
    assert found("|".join(REGISTRIES)) == []


def test_no_path_of_one_machine() -> None:
    assert found("|".join(rf"(?<![\w.}}:/-]){path}" for path in MACHINE_PATHS)) == []


def test_no_unfinished_business() -> None:
    assert found(rf"\b({'|'.join(UNFINISHED)})\b", "*.py", "*.js", "*.md", "*.ipynb") == []


def test_files_of_the_library_are_short() -> None:
    for path in tracked("xdrec/*.py", "xdrec/*.js", "xdrec/*.css"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 300, f"{path.relative_to(ROOT)} has {lines} lines: more than one idea?"


def test_readme_opens_with_the_two_commands() -> None:
    opening = read("README.md").splitlines()[:12]
    assert any(line.strip().startswith("make book") for line in opening)
    assert any(line.strip().startswith("make test") for line in opening)


def test_the_readme_s_example_runs() -> None:
    example, *_ = re.findall(r"^```python\n(.*?)^```", read("README.md"), re.DOTALL | re.MULTILINE)
    assert len(example.splitlines()) <= 10
    run = subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "recall" in run.stdout


@pytest.mark.parametrize(
    "path",
    ["README.md", "CONTRIBUTING.md", "tests/README.md", ".ci/run", ".github/workflows/ci.yml"],
)
def test_make_targets_that_are_spoken_of_exist(path: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|run: |^ *)make ([a-z-]+)", read(path), flags=re.MULTILINE))
    assert named
    assert named <= targets


def test_licences_and_citation() -> None:
    assert "Apache License" in read("LICENSE")
    assert "Attribution 4.0 International" in read("book/LICENSE")
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == xdrec.__version__
    assert citation["license"] == PROJECT["project"]["license"] == "Apache-2.0"
    assert f"## {xdrec.__version__}" in read("CHANGELOG.md")
