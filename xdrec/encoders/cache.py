"""A disk cache of features, addressed by content: same model and same input, same file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from xdrec.data.cache import cache_dir, write_whole
from xdrec.encoders.features import Features


def address(*parts: Any) -> str:
    """The SHA-256 of anything JSON can write, in a form that no two different inputs share.

    >>> address("minilm", ["a", None]) == address("minilm", ["a", None]) != address("minilm", ["a"])
    True
    """
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def remembered(key: str, compute: Callable[[], Features]) -> Features:
    """The features stored under `key`, or `compute()`, which is then stored.

    A file that cannot be read is computed again. The cost of document X 8.3, paid once.
    """
    path = cache_dir() / "features" / f"{key}.safetensors"
    if path.exists():
        try:
            stored = load_file(path)
            return Features(stored["vectors"], stored["present"].astype(bool))
        except (SafetensorError, KeyError, ValueError, OSError):
            path.unlink(missing_ok=True)
    features = compute()
    # safetensors writes a buffer as it lies in memory, so it must be contiguous.
    vectors = np.ascontiguousarray(features.vectors)
    write_whole(path, save({"vectors": vectors, "present": features.present.astype(np.uint8)}))
    return features
