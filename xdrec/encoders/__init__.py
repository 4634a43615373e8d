"""f: from an item's words, pictures and sounds to vectors."""

from xdrec.encoders.audio import AudioCNN
from xdrec.encoders.audio_pretrained import AudioModel
from xdrec.encoders.base import Encoder
from xdrec.encoders.crossmodal import CrossModal
from xdrec.encoders.features import Features
from xdrec.encoders.image import DocumentCNN, ImageCNN
from xdrec.encoders.language import LanguageModel
from xdrec.encoders.series import SeriesCNN
from xdrec.encoders.text import TextRNN
from xdrec.encoders.video import VideoEncoder
from xdrec.encoders.vision import VisionModel

__all__ = [
    "AudioCNN",
    "AudioModel",
    "CrossModal",
    "DocumentCNN",
    "Encoder",
    "Features",
    "ImageCNN",
    "LanguageModel",
    "SeriesCNN",
    "TextRNN",
    "VideoEncoder",
    "VisionModel",
]
