"""Hostile inputs by the hundred thousand: `python -m scripts.fuzz --inputs 1000000`.

Every entry of tests/fuzz gets its share, in a process of its own, so that a crash is seen and told.
An unclear failure is anything but a result or a documented error that names what was given; it is
printed with the seed that makes it again (`--entry NAME --seed N --inputs 1`).
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60  # one input may take; more is a hang
FAILED = 3  # the exit status of an entry that went through with unclear failures
SHOWN = 5  # failures of one entry that are printed


def entries() -> dict[str, tuple]:
    """Every attempt of tests/fuzz by its name, with its share of the inputs."""
    found: dict[str, tuple] = {}
    for file in sorted((ROOT / "tests" / "fuzz").glob("test_*.py")):
        module = importlib.import_module(f"tests.fuzz.{file.stem}")
        found |= getattr(module, "ENTRIES", {})
    return found


def run(name: str, inputs: int, seed: int) -> int:
    """Try one entry; returns how many of the inputs failed unclearly."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "XDREC_DEVICE": "cpu", "XDREC_CACHE_GB": "1"}
    attempt, failures, start = entries()[name][0], 0, time.monotonic()
    memory = Path("/dev/shm")  # where there is one; files that live a millisecond need no disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        os.environ["XDREC_CACHE"] = str(Path(place, "cache"))
        for n in range(seed, seed + inputs):
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            home = Path(place, "input")
            home.mkdir(exist_ok=True)
            try:
                attempt(random.Random(n), home)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                failures += 1
                shutil.rmtree(home, ignore_errors=True)  # what a failed attempt has left
                if failures <= SHOWN:
                    said = "".join(traceback.format_exception(error)[-4:])
                    print(f"--entry {name} --seed {n}:\n{said}", flush=True)
    faulthandler.cancel_dump_traceback_later()
    took = time.monotonic() - start
    print(f"{name:<12} {inputs:>9,} inputs {failures:>5} unclear {took:>7.0f} s", flush=True)
    return failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--entry", help="this one alone, in this process")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.entry:
        sys.exit(FAILED if run(args.entry, args.inputs, args.seed) else 0)
    shares = {name: share for name, (_, share) in entries().items()}
    bad, tried = [], 0
    for name, share in shares.items():
        n = -(-args.inputs * share // sum(shares.values()))
        command = [sys.executable, "-m", "scripts.fuzz", "--entry", name, "--inputs", str(n),
                   "--seed", str(args.seed)]  # fmt: skip
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        bad += [name] * bool(code)
        if code in (0, FAILED):
            tried += n
        else:
            print(f"{name}: crashed or hung, exit status {code}", flush=True)
    print(f"{tried:,} inputs over {len(shares)} entries; unclear: {', '.join(bad) or 'none'}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
