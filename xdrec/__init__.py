"""xdrec: a lab for language-model based, multimodal, cross-domain recommendation."""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    """`xdrec.cache` without an import of its own, and without the price of one for everybody."""
    if name == "cache":
        return import_module("xdrec.cache")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
