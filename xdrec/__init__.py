"""xdrec: a lab for language-model based, multimodal, cross-domain recommendation."""

__version__ = "0.1.0"
