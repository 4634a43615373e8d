"""Write requirements/lock.txt and requirements/pins.txt anew: the exact versions of a checkout.

    python requirements/lock.py                     # keep the versions, take up new dependencies
    python requirements/lock.py --upgrade           # the newest of everything
    python requirements/lock.py --upgrade-package polars

Needs `uv` on the PATH (any way of installing it will do); options are handed to `uv pip compile`,
which resolves pyproject.toml with all extras for every Python and platform at once and lists the
hashes of all files of a release. Whichever package index uv is set up for is asked; its address is
not written down.

`lock.txt` carries the hashes and is what the Makefile installs. `pins.txt` says the same without
them, for environment.yml: pip refuses to mix hashed lines with torch and the checkout itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK, PINS = HERE / "lock.txt", HERE / "pins.txt"
HEADER = "# Written by requirements/lock.py from pyproject.toml and requirements/torch.txt.\n"
# torch comes first and alone, and brings these where the machine wants them.
TORCH_AND_ITS_OWN = re.compile(r"(torch|triton|cuda-.+|nvidia-.+)$")


def resolve(options: list[str]) -> str:
    """What uv answers; the versions in the present lock.txt are kept where nothing forbids them."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("requirements/lock.py needs `uv` on the PATH; install it apart from .venv")
    command = [uv, "pip", "compile", str(HERE.parent / "pyproject.toml"), "--quiet"]
    command += ["--universal", "--python-version=3.11", "--all-extras", "--generate-hashes"]
    command += [f"--constraint={HERE / 'torch.txt'}", f"--output-file={LOCK}"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header"]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return LOCK.read_text(encoding="utf-8")


def blocks(resolved: str) -> list[str]:
    """One text a package: its `name==version ; marker` line and the hashes that belong to it."""
    packages = re.findall(r"^\w.*\n(?:[ #].*\n)*", resolved, flags=re.MULTILINE)
    return [block for block in packages if not TORCH_AND_ITS_OWN.match(block.split("==")[0])]


def main() -> None:
    packages = blocks(resolve(sys.argv[1:]))
    pins = [block.splitlines()[0].removesuffix("\\").rstrip() for block in packages]
    LOCK.write_text(HEADER + "".join(packages), encoding="utf-8")
    PINS.write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"{len(packages)} packages written to {LOCK.name} and {PINS.name}")


if __name__ == "__main__":
    main()
