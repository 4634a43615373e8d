"""f for sounds by a pretrained model: wav2vec 2.0 and its kin, AST, the encoder of Whisper."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from xdrec.data.cache import write_whole
from xdrec.encoders.base import Encoder, Unreadable, weights_hash
from xdrec.encoders.convolution import mean_over_time, padded
from xdrec.encoders.families import read_net
from xdrec.encoders.paths import check_paths, path_content
from xdrec.encoders.pretrained import fingerprint, locate, quietly
from xdrec.encoders.waves import read_wave
from xdrec.saved import loading

# What was tried: each of these has a test. The first read the wave itself, the others its spectrum.
WAVES = ("hubert", "wav2vec2", "wavlm")
SPECTRA = ("audio-spectrogram-transformer", "whisper")
# A wave [1, samples] or a spectrum [bands, frames], and how much of its length is sound.
Heard = tuple[Tensor, int]


class AudioModel(Encoder):
    """Paths of WAV files in, unit vectors out, by a pretrained model of sound.

    `model` is a folder or a Hugging Face name, fetched only with `download=True`; none comes with
    this library. A sound is resampled to the rate the model was trained at and cut after `seconds`
    (AST and Whisper: after what they have places for, if that is less). The vector is the mean of
    the last states over the sound that is there (AST: its own two summary tokens), divided by its
    length. Nothing but torch, transformers and scipy is needed.

    Raises FileNotFoundError where the model is not at hand, ValueError for another kind of model.
    Source: document X 2.3 (audio); Baevski et al., NeurIPS 2020 (wav2vec 2.0); Gong et al.,
    Interspeech 2021 (AST); Radford et al., ICML 2023 (Whisper). Book: encoders.
    """

    chunk = 256

    def __init__(
        self, model: str | Path, *, seconds: float = 10.0, download: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.folder = locate(model, download)
        file = self.folder / "config.json"
        with loading(self.folder):
            self.config = json.loads(file.read_text("utf-8")) if file.is_file() else {}
            self.kind = self.config.get("model_type")
        if self.kind not in WAVES + SPECTRA:
            raise ValueError(
                f"{self.folder} holds a {self.kind} model: expected one of sound "
                f"({', '.join(WAVES + SPECTRA)})"
            )
        self.rate = int(self.extractor.sampling_rate)
        if self.kind == "whisper":
            seconds = min(seconds, self.extractor.chunk_length)
        self.seconds, self._as_read = seconds, ""
        self.budget = 8 * round(seconds * self.rate)

    @property
    def width(self) -> int:
        return self.config.get("hidden_size") or self.config["d_model"]

    def settings(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def identity(self) -> list[Any]:
        # By the files, so that sounds that were heard before need no model in memory; once the net
        # in memory has been trained further, by its weights.
        weights = weights_hash(self.net) if "net" in vars(self) else self._as_read
        weights = "" if weights == self._as_read else weights
        return [type(self).__name__, self.settings(), self.unreadable, fingerprint(self.folder),
                weights, self.device, str(self.dtype)]  # fmt: skip

    def check(self, items: Sequence[str | Path | None]) -> None:
        check_paths(items, "sounds")

    def content(self, item: str | Path) -> str:
        return path_content(item)

    def prepare(self, items: Sequence[str | Path]) -> list[Heard | Unreadable]:
        return [self._prepare(item) for item in items]

    def _prepare(self, item: str | Path) -> Heard | Unreadable:
        wave = read_wave(item, self.rate, self.seconds)
        if isinstance(wave, Unreadable):
            return wave
        if len(wave) < self.least:
            return Unreadable(f"{item}: {len(wave)} samples at {self.rate} Hz, fewer than the "
                              f"{self.least} that the model needs")  # fmt: skip
        found = self.extractor(wave, sampling_rate=self.rate, return_tensors="pt")
        if self.kind in WAVES:
            return found["input_values"].float(), len(wave)
        if self.kind == "whisper":
            # Always as long a spectrum, most of it the silence that it was trained with.
            return found["input_features"][0], math.ceil(len(wave) / self.extractor.hop_length)
        spectrum = found["input_values"][0].T
        return spectrum, spectrum.shape[1]

    @property
    def least(self) -> int:
        """The fewest samples that make one state."""
        if self.kind not in WAVES:
            return 400  # one window of 25 ms
        samples = 1
        for kernel, stride in reversed(self._convolutions):
            samples = (samples - 1) * stride + kernel
        return samples

    @property
    def _convolutions(self) -> list[tuple[int, int]]:
        return list(zip(self.config["conv_kernel"], self.config["conv_stride"], strict=True))

    def size(self, thing: Heard) -> int:
        return thing[1] if self.kind in WAVES else round(self.seconds * self.rate)

    def collate(self, things: Sequence[Heard]) -> dict[str, Tensor]:
        sounds, _ = padded([sound for sound, _ in things])
        lengths = torch.tensor([length for _, length in things])
        return {"sounds": sounds, "mask": torch.arange(sounds.shape[2]) < lengths[:, None]}

    @cached_property
    def extractor(self) -> Any:
        from transformers import AutoFeatureExtractor

        with loading(self.folder):
            return AutoFeatureExtractor.from_pretrained(self.folder)

    @cached_property
    def net(self) -> nn.Module:  # type: ignore[override]
        """The model with its pooling; read from the disk when it is first needed."""
        from transformers import AutoModel

        model, missing = read_net(AutoModel, self.folder)
        missing = [name for name in missing if "masked_spec_embed" not in name]
        if missing:
            raise ValueError(f"{self.folder} lacks {len(missing)} weights of a {self.kind} model, "
                             f"{missing[0]!r} first; save the whole model again")  # fmt: skip
        net = (
            OfWaves(model, self._convolutions) if self.kind in WAVES
            else OfSpectra(model.encoder if self.kind == "whisper" else model)
        )  # fmt: skip
        self._as_read = weights_hash(net)
        return net

    def save(self, folder: str | Path) -> None:
        """A folder that transformers reads too: config, weights (safetensors), extractor; ours."""
        from transformers import AutoModel

        model: Any = self.net.model
        if self.kind == "whisper":  # its decoder is not ours: written as it was read
            whole = AutoModel.from_pretrained(self.folder, use_safetensors=True)
            whole.encoder.load_state_dict(model.state_dict())
            model = whole
        with quietly():
            model.save_pretrained(folder)
            self.extractor.save_pretrained(folder)
        said = json.dumps({"kind": type(self).__name__, "settings": self.settings()}, indent=1)
        write_whole(Path(folder, "encoder.json"), said.encode())

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The model that `save` wrote, cut after as many seconds."""
        with loading(folder):
            said = json.loads(Path(folder, "encoder.json").read_text("utf-8"))
            if said["kind"] != cls.__name__:
                raise ValueError(f"{folder} holds a {said['kind']}: expected an {cls.__name__}")
            return cls(folder, **said["settings"] | options)


class OfWaves(nn.Module):
    """Waves [batch, 1, samples] and where they are [batch, samples] to unit vectors."""

    def __init__(self, model: Any, convolutions: list[tuple[int, int]]) -> None:
        super().__init__()
        self.model, self.convolutions = model, convolutions
        # Pre-training's own blindfolds, which would make vectors of training random.
        model.config.apply_spec_augment, model.config.layerdrop = False, 0.0
        # With a norm over all of time, silence that is put behind a sound changes all of it.
        self.alone = model.config.feat_extract_norm == "group"

    def forward(self, sounds: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(dim=1)
        if self.alone:
            states = [self.model(sound[:, :n])[0].mean(dim=1).float()
                      for sound, n in zip(sounds, lengths.tolist(), strict=True)]  # fmt: skip
            return nn.functional.normalize(torch.cat(states), dim=1)
        found = self.model(sounds[:, 0], attention_mask=mask.long())[0].float()
        for kernel, stride in self.convolutions:
            lengths = (lengths - kernel) // stride + 1
        there = torch.arange(found.shape[1], device=mask.device) < lengths[:, None]
        return nn.functional.normalize(mean_over_time(found.mT, there), dim=1)


class OfSpectra(nn.Module):
    """Spectra [batch, bands, frames] and where they are [batch, frames] to unit vectors."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, sounds: Tensor, mask: Tensor) -> Tensor:
        if self.model.config.model_type != "whisper":
            return nn.functional.normalize(self.model(sounds.mT).pooler_output.float(), dim=1)
        states = self.model(sounds)[0].float()  # one for every two frames
        return nn.functional.normalize(mean_over_time(states.mT, mask[:, ::2]), dim=1)
