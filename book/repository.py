"""Where the project lives on the web: one setting, from which every link in the book is made.

XDREC_REPOSITORY_URL if it is set, else what GitHub's CI says, else the git remote `origin`. Where
none of them is a web address the book has no launch buttons, canonical links or sitemap.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "main"
BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"


def address() -> str | None:
    """The repository's web address, without `.git`; None where it has none."""
    given = os.environ.get("XDREC_REPOSITORY_URL")
    if given is None and os.environ.get("GITHUB_REPOSITORY"):
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        given = f"{server}/{os.environ['GITHUB_REPOSITORY']}"
    if given is None:
        asked = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
        try:
            given = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
        except OSError:
            given = ""
    return web_address(given)


def web_address(remote: str) -> str | None:
    """A git remote as a web address: `git@host:owner/name.git` too, a folder's path not."""
    remote = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", remote.strip())
    # A login in the address must not get into the pages.
    remote = re.sub(r"^(https?://)[^/@]*@", r"\1", remote)
    found = re.fullmatch(r"(https?://[^/\s]+/[^/\s]+/\S+?)(?:\.git)?/?", remote)
    return found.group(1) if found else None


def owner_and_name(url: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", url)
    return (found.group(1), found.group(2)) if found else None


def base(url: str | None) -> str | None:
    """The book's own address: GitHub's pages have one that is known, no other host's have."""
    github = owner_and_name(url) if url else None
    return f"https://{github[0].lower()}.github.io/{github[1]}/" if github else None


def settings(url: str | None) -> dict[str, Any]:
    """What `_config.yml` gains from the address."""
    if url is None:
        return {}
    launch = {"notebook_interface": "jupyterlab", "binderhub_url": BINDER}
    found: dict[str, Any] = {"repository": {"url": url, "branch": BRANCH}}
    html: dict[str, Any] = {"use_repository_button": True, "use_issues_button": True}
    if address := base(url):
        # Colab opens notebooks of GitHub alone.
        launch["colab_url"] = COLAB
        html["baseurl"] = address
    return found | {"html": html, "launch_buttons": launch}


def write_launch_copies(notebooks: list[Path], folder: Path, url: str | None) -> None:
    """Copies of the notebooks that begin by installing xdrec, for a machine that has nothing."""
    if url is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    install = f"%pip install --quiet git+{url}@{BRANCH}"
    cell = {"cell_type": "code", "id": "install", "metadata": {}, "outputs": []}
    cell |= {"execution_count": None, "source": ["# Colab has no xdrec yet.\n", install]}
    for path in notebooks:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"].insert(0, cell)
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        (folder / path.name).write_text(text, encoding="utf-8")
