"""f: from an item's words, pictures and sounds to vectors."""

from xdrec.encoders.features import Features
from xdrec.encoders.language import LanguageModel

__all__ = ["Features", "LanguageModel"]
