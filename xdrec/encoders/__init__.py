"""f: from an item's words, pictures and sounds to vectors."""

from xdrec.encoders.base import Encoder
from xdrec.encoders.features import Features
from xdrec.encoders.language import LanguageModel

__all__ = ["Encoder", "Features", "LanguageModel"]
