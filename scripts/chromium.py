"""Find a Chromium for the browser tests, or install one, and print its path.

In this order: $CHROMIUM, one on the PATH, the one that Playwright downloads, and, where we are root
on Debian or its kin, theirs. A browser counts only if it starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APT = "env DEBIAN_FRONTEND=noninteractive apt-get"


def starts(path: str | None) -> bool:
    """Whether the program is there and tells its version: Ubuntu's may be a mere stub."""
    if not path:
        return False
    try:
        run = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def call(command: str) -> bool:
    """Run a command with its output on stderr, since stdout is for the path alone."""
    print("$", command, file=sys.stderr)
    try:
        return subprocess.run(command.split(), stdout=sys.stderr).returncode == 0
    except OSError as error:
        print(error, file=sys.stderr)
        return False


def installed() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if starts(path)), None)


def from_playwright() -> str | None:
    if not call(f"{sys.executable} -m playwright install chromium"):
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


def from_debian() -> str | None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    done = call(f"{APT} update") and call(f"{APT} install --yes --no-install-recommends chromium")
    return installed() if done else None


def main() -> None:
    asked = os.environ.get("CHROMIUM")
    if asked:
        if not starts(asked):
            sys.exit(f"CHROMIUM={asked} does not start; name another one, or unset it")
        print(asked)
        return
    path = installed() or from_playwright() or from_debian()
    if path is None:
        sys.exit(
            "No Chromium for the browser tests: none is on the PATH, Playwright could not fetch "
            "its own, and Debian's could not be installed.\n"
            "Install one, or name one: make test CHROMIUM=/path/to/chrome"
        )
    print(path)


if __name__ == "__main__":
    main()
