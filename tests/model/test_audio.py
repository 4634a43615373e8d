"""Sounds: what is read of a WAV file, the log-mel picture, the CNN over it, pretrained models."""

from __future__ import annotations

import io
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    ASTConfig,
    ASTFeatureExtractor,
    ASTModel,
    HubertConfig,
    HubertModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMModel,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperModel,
)

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.audio import AudioCNN
from xdrec.encoders.audio_pretrained import AudioModel
from xdrec.encoders.base import Unreadable
from xdrec.encoders.convolution import Halving
from xdrec.encoders.mel import log_mel, mel_centres, mel_filters, power
from xdrec.encoders.waves import decode, read_wave


def tone(hz: float, seconds: float = 1.0, rate: int = 8000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def write(path: Path, sound: np.ndarray, rate: int = 8000, size: int = 2) -> Path:
    """A WAV file of [samples] or [samples, channels] in [-1, 1], `size` bytes a sample."""
    whole = np.rint(np.asarray(sound) * (2 ** (8 * size - 1) - 1)).astype("<i4")
    if size == 1:
        data = (whole + 128).astype(np.uint8).tobytes()
    else:
        data = np.ascontiguousarray(whole)[..., None].view(np.uint8)[..., :size].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if whole.ndim == 1 else whole.shape[1])
        file.setsampwidth(size)
        file.setframerate(rate)
        file.writeframes(data)
    return path


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Six places of which five hold sounds, of 0.3 to 1 second."""
    home = tmp_path_factory.mktemp("sounds")
    made = [write(home / f"{hz}.wav", tone(hz, seconds))
            for hz, seconds in ((220, 1.0), (440, 0.5), (880, 0.3), (1760, 0.8))]  # fmt: skip
    both = np.stack([tone(300, 0.4), tone(500, 0.4)], axis=1)
    return [str(made[0]), made[1], None, made[2], made[3], write(home / "two.wav", both)]


@pytest.mark.parametrize(("size", "step"), [(1, 1 / 127), (2, 1e-4), (3, 1e-6), (4, 1e-8)])
def test_every_depth_gives_the_same_wave(tmp_path, size, step):
    sound = tone(440)
    found = read_wave(write(tmp_path / "a.wav", sound, size=size), 8000, 1.0)
    assert found.dtype == np.float32
    assert found == pytest.approx(sound, abs=step + 1e-7)


def test_bytes_to_numbers_by_hand():
    assert decode(bytes([0, 128, 255]), 1).tolist() == [-1, 0, 127 / 128]
    assert decode(bytes([0, 128, 255, 127]), 2).tolist() == [-1, 32767 / 32768]
    assert decode(bytes([1, 0, 0, 255, 255, 255]), 3).tolist() == [2**-23, -(2**-23)]
    assert decode(bytes([0, 0, 0, 64]), 4).tolist() == [0.5]


def test_stereo_becomes_the_mean(tmp_path):
    both = np.stack([tone(300), -tone(300)], axis=1)
    assert np.abs(read_wave(write(tmp_path / "a.wav", both), 8000, 1.0)).max() < 1e-4
    left = np.stack([tone(300), 0 * tone(300)], axis=1)
    assert read_wave(write(tmp_path / "b.wav", left), 8000, 1.0) == pytest.approx(
        tone(300) / 2, abs=1e-4
    )


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 44100, 48000])
def test_at_another_rate_it_is_the_same_tone(tmp_path, rate):
    path = write(tmp_path / "a.wav", tone(440, 1.0, rate), rate)
    found = read_wave(path, 8000, 1.0)
    assert len(found) == 8000
    # Beyond the two ends there is no sound, which the filter feels for some samples.
    assert found[100:-100] == pytest.approx(tone(440)[100:-100], abs=5e-3)


def test_what_the_lower_rate_cannot_hold_is_left_out_and_not_folded(tmp_path):
    path = write(tmp_path / "a.wav", tone(6000, 1.0, 16000), 16000)
    assert np.abs(read_wave(path, 8000, 1.0)[100:-100]).max() < 0.01  # not a tone of 2000 Hz


def test_a_long_sound_is_cut(tmp_path):
    path = write(tmp_path / "a.wav", tone(440, 3.0, 11025), 11025)
    assert len(read_wave(path, 8000, 1.25)) == 10_000


def test_what_is_no_sound_says_so(tmp_path):
    def reason(path: Path) -> str:
        found = read_wave(path, 8000, 10.0)
        assert isinstance(found, Unreadable)
        assert str(path) in found.reason
        return found.reason

    whole = write(tmp_path / "whole.wav", tone(440)).read_bytes()
    for name, data, said in [
        ("cut", whole[:8000], "cut short: 7956 of 16000 bytes"),
        ("head", whole[:30], "convert it, say by"),
        ("empty", b"", "convert it, say by"),
        ("text", b"RIFF, they said" * 9, "convert it, say by"),
        ("mp3", b"ID3\x04" + bytes(500), "convert it, say by"),
        ("float", whole[:20] + b"\x03\x00" + whole[22:], "unknown format: 3"),
    ]:
        (tmp_path / name).write_bytes(data)
        assert said in reason(tmp_path / name)
    assert "no sound in it" in reason(write(tmp_path / "none.wav", np.zeros(0)))
    assert "no such file" in reason(tmp_path)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data):
    header = io.BytesIO()
    with wave.open(header, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "a.wav")
        path.write_bytes(header.getvalue()[:20] + data)
        found = read_wave(path, 8000, 1.0)
    assert isinstance(found, Unreadable | np.ndarray)


@pytest.mark.parametrize("hz", [130.0, 440.0, 1000.0, 2500.0])
def test_a_pure_tone_lights_the_band_of_its_pitch(hz):
    picture = log_mel(torch.from_numpy(tone(hz)).float(), 8000)
    centres = mel_centres(8000, 64)
    band = int(picture[:, 10:-10].mean(dim=1).argmax())
    assert abs(int((centres - hz).abs().argmin()) - band) <= (1 if hz < 200 else 0)


def test_the_energy_of_a_frame_is_that_of_its_windowed_samples():
    """Parseval, with the bins between 0 and half the rate counted twice."""
    sound = torch.randn(2048, generator=torch.Generator().manual_seed(0))
    found = power(sound, 512, 256)
    assert found.shape == (257, 9)
    for t in (1, 4, 7):
        windowed = sound[256 * t - 256 : 256 * t + 256] * torch.hann_window(512)
        both = 2 * found[:, t].sum() - found[0, t] - found[-1, t]
        assert both == pytest.approx(float((windowed**2).sum()), rel=1e-4)


def test_filters_are_triangles_that_share_out_every_bin():
    filters = mel_filters(8000, 512, 40)
    assert filters.shape == (40, 257)
    assert (filters >= 0).all()
    assert (filters <= 1).all()
    centres = mel_centres(8000, 40)
    bins = torch.arange(257) * 8000 / 512
    inside = (bins >= centres[0]) & (bins <= centres[-1])
    assert filters.sum(dim=0)[inside] == pytest.approx(torch.ones(int(inside.sum())), abs=1e-5)
    # A bin that lies at 1000 Hz: a quarter of the way, in mel, between two centres by hand.
    three = mel_filters(8000, 512, 3)  # centres at 536.5, 1073.0 and 1609.5 mel; 1000 Hz: 1000 mel
    assert three[:, 64].tolist() == pytest.approx([73.0 / 536.5, 463.5 / 536.5, 0], abs=2e-3)


def test_silence_and_loudness():
    silence = log_mel(torch.zeros(4000), 8000)
    assert silence == pytest.approx(torch.full((64, 32), np.log(1e-6)), abs=1e-4)
    sound = torch.from_numpy(tone(1000)).float()
    quiet, loud = (log_mel(k * sound, 8000)[:, 20].max() for k in (0.1, 1.0))
    assert loud - quiet == pytest.approx(np.log(100), abs=0.01)  # 20 decibels


def test_too_many_bands_for_the_window_are_refused():
    with pytest.raises(ValueError, match="take fewer bands or a longer window"):
        mel_filters(8000, 64, 64)
    with pytest.raises(ValueError, match="fewer bands"):
        AudioCNN(bands=200)
    with pytest.raises(ValueError, match="rate=10"):
        AudioCNN(rate=10)
    with pytest.raises(ValueError, match="at least two"):
        AudioCNN(channels=(8,))


@pytest.mark.parametrize("rows", [False, True])
def test_halving_does_not_see_how_far_a_thing_was_padded(rows):
    halve = Halving(3, 5, rows=rows)
    for n in (1, 2, 7, 8):
        x = torch.randn(1, 3, *((4,) if rows else ()), n)
        alone, mask = halve(x, torch.ones(1, n, dtype=torch.bool))
        assert alone.shape[-1] == mask.shape[1] == (n + 1) // 2
        far = torch.cat([x, torch.zeros(*x.shape[:-1], 6)], dim=-1)
        there = torch.arange(n + 6)[None] < n
        company, longer = halve(far, there)
        assert int(longer.sum()) == (n + 1) // 2
        assert torch.allclose(alone, company[..., : (n + 1) // 2], atol=1e-6)
        assert not company[..., (n + 1) // 2 :].any()


class TestAudioCNN(EncoderContract):
    @pytest.fixture
    def encoder(self):
        return AudioCNN(channels=(4, 8, 8), seconds=2.0)

    @pytest.fixture
    def items(self, sounds):
        return sounds

    def test_loud_or_quiet_is_the_same(self, encoder, tmp_path):
        sound = tone(440) + 0.2 * tone(1234)
        paths = [write(tmp_path / f"{k}.wav", k * sound) for k in (0.3, 1.0)]
        quiet, loud = encoder.encode(paths).vectors
        assert quiet == pytest.approx(loud, abs=0.02)

    def test_bad_files_are_listed_or_masked(self, encoder, tmp_path, sounds):
        (tmp_path / "bad.wav").write_bytes(b"no sound")
        items = [sounds[0], tmp_path / "bad.wav", None, tmp_path / "none.wav"]
        with pytest.raises(ValueError, match=r"2 items cannot be read:\n  row 1: .*\n  row 3: "):
            encoder.encode(items)
        masking = AudioCNN(channels=(4, 8, 8), unreadable="mask")
        assert masking.encode(items).present.tolist() == [True, False, False, False]

    def test_a_list_of_paths_is_expected(self, encoder):
        with pytest.raises(ValueError, match="one path"):
            encoder.encode("a.wav")
        with pytest.raises(ValueError, match=r"1 items are no paths of sounds, the first in row 1"):
            encoder.encode(["a.wav", 3])


WAVE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "conv_dim": (8, 8), "conv_kernel": (10, 8), "conv_stride": (8, 8),
        "num_feat_extract_layers": 2, "num_conv_pos_embeddings": 4,
        "num_conv_pos_embedding_groups": 2, "vocab_size": 5, "hidden_dropout": 0.0,
        "attention_dropout": 0.0, "feat_proj_dropout": 0.0, "activation_dropout": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def saved(kind: str, home: Path) -> Path:
    """A random model, a few thousand weights small, saved as transformers saves any."""
    torch.manual_seed(0)
    folder = home / kind
    if folder.is_dir():
        return folder
    if kind == "ast":
        extractor = ASTFeatureExtractor(num_mel_bins=16, max_length=64)
        model = ASTModel(ASTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                                   intermediate_size=32, max_length=64, num_mel_bins=16,
                                   hidden_dropout_prob=0.0))  # fmt: skip
    elif kind == "whisper":
        extractor = WhisperFeatureExtractor(feature_size=16, chunk_length=1)
        model = WhisperModel(WhisperConfig(
            d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=16,
            max_source_positions=50, vocab_size=20, dropout=0.0, pad_token_id=0, bos_token_id=1,
            eos_token_id=2, decoder_start_token_id=1,
        ))  # fmt: skip
    else:
        extractor = Wav2Vec2FeatureExtractor(return_attention_mask=True)
        config, net = {"hubert": (HubertConfig, HubertModel), "wavlm": (WavLMConfig, WavLMModel)
                       }.get(kind, (Wav2Vec2Config, Wav2Vec2Model))  # fmt: skip
        norm = "group" if kind == "wav2vec2-group" else "layer"
        model = net(config(**WAVE, feat_extract_norm=norm, conv_bias=norm == "layer",
                           do_stable_layer_norm=norm == "layer"))  # fmt: skip
    extractor.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


class OfAModel(EncoderContract):
    """The contract for one random checkpoint; `kind` says which."""

    kind = ""
    unused = ("masked_spec_embed",)

    @pytest.fixture
    def folder(self, models):
        return saved(self.kind, models)

    @pytest.fixture
    def encoder(self, folder):
        return AudioModel(folder, seconds=1.0)

    @pytest.fixture
    def items(self, sounds):
        return sounds


class TestWav2Vec2(OfAModel):
    kind = "wav2vec2"

    def test_the_mean_is_over_what_is_there(self, encoder, folder, sounds):
        """By hand: resampled, normalized, and the states of this one sound averaged."""
        model = Wav2Vec2Model.from_pretrained(folder).eval()
        sound = read_wave(sounds[3], 16000, 1.0)
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
        with torch.inference_mode():
            mean = model(torch.from_numpy(sound)[None])[0][0].mean(dim=0).numpy()
        found = encoder.encode(sounds).vectors[3]
        assert found == pytest.approx(mean / np.linalg.norm(mean), abs=1e-4)

    def test_too_short_a_sound_is_unreadable(self, encoder, tmp_path):
        assert encoder.least == 66  # 8 places of the first convolution: 10 + 7 · 8
        short = write(tmp_path / "a.wav", tone(440, 0.001))
        with pytest.raises(ValueError, match="16 samples at 16000 Hz, fewer than the 66"):
            encoder.encode([short])


class TestWav2Vec2OfGroupNorm(OfAModel):
    kind = "wav2vec2-group"


class TestHubert(OfAModel):
    kind = "hubert"


class TestWavLM(OfAModel):
    kind = "wavlm"


class TestAST(OfAModel):
    kind = "ast"


class TestWhisper(OfAModel):
    kind = "whisper"

    def test_no_more_seconds_than_it_has_places_for(self, folder):
        assert AudioModel(folder, seconds=20.0).seconds == 1


def test_another_kind_of_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ValueError, match="holds a bert model: expected one of sound"):
        AudioModel(tmp_path)
    with pytest.raises(FileNotFoundError, match="download=True"):
        AudioModel("somebody/some-sound")
