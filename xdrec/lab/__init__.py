"""The lab: widgets whose every knob works in JupyterLab and, with no kernel, in the built book."""

from xdrec.lab.fusion_mixer import FusionMixer

__all__ = ["FusionMixer"]
