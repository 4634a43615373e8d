"""Clips: folders and animated pictures, frames evenly chosen, attention over what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.base import Unreadable
from xdrec.encoders.video import VideoEncoder, read_frames, spread


def frame(n: int, shade: int = 0) -> Image.Image:
    """A bar that moves to the right, on a ground of its own."""
    picture = np.full((24, 32, 3), 40 + shade, np.uint8)
    picture[:, 3 * n : 3 * n + 4] = (200, 60, 90)
    return Image.fromarray(picture)


def animated(path: Path, frames: list[Image.Image]) -> Path:
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return path


def folder(path: Path, frames: list[Image.Image]) -> Path:
    path.mkdir()
    for n, picture in enumerate(frames):
        picture.save(path / f"{n:04d}.png")
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Six places of which five hold clips, of one to nine frames."""
    home = tmp_path_factory.mktemp("clips")
    return [
        str(animated(home / "a.png", [frame(n) for n in range(6)])),
        animated(home / "b.gif", [frame(n, 90) for n in range(3)]),
        None,
        folder(home / "c", [frame(n, 150) for n in range(9)]),
        animated(home / "d.webp", [frame(8 - n) for n in range(4)]),
        folder(home / "e", [frame(5, 60)]),
    ]


class TestVideoEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self):
        return VideoEncoder(size=(16, 24), widths=(8, 16), frames=6)

    @pytest.fixture
    def items(self, clips):
        return clips

    def test_order_of_frames_matters(self, encoder, tmp_path):
        frames = [frame(n) for n in range(5)]
        there = folder(tmp_path / "there", frames)
        back = folder(tmp_path / "back", frames[::-1])
        a, b = encoder.encode([there, back]).vectors
        assert not np.allclose(a, b, atol=1e-4)

    def test_a_folder_and_a_file_of_the_same_frames_are_the_same(self, encoder, tmp_path):
        frames = [frame(n) for n in range(4)]
        one = animated(tmp_path / "a.png", frames)
        other = folder(tmp_path / "a", frames)
        a, b = encoder.encode([one, other]).vectors
        assert a == pytest.approx(b, abs=1e-6)

    def test_another_frame_in_the_folder_is_seen(self, encoder, tmp_path):
        place = folder(tmp_path / "a", [frame(0), frame(1)])
        before = encoder.encode([place]).vectors
        frame(2).save(place / "9.png")
        assert not np.allclose(before, encoder.encode([place]).vectors)

    def test_bad_clips_are_listed_or_masked(self, clips, tmp_path):
        place = folder(tmp_path / "bad", [frame(0)])
        (place / "1.png").write_bytes(b"no picture")
        items = [clips[0], place, None]
        with pytest.raises(ValueError, match=r"row 1: .*1\.png: no image of a known format"):
            VideoEncoder().encode(items)
        masking = VideoEncoder(unreadable="mask")
        assert masking.encode(items).present.tolist() == [True, False, False]


def test_frames_come_in_order_and_evenly(tmp_path):
    assert spread(6, 6) == [0, 1, 2, 3, 4, 5]
    assert spread(9, 3) == [1, 4, 7]
    assert spread(10, 1) == [5]
    assert spread(0, 4) == []
    place = folder(tmp_path / "a", [frame(n) for n in range(9)])
    (place / ".hidden").write_text("not a frame")
    found = read_frames(place, 3)
    for picture, n in zip(found, (1, 4, 7), strict=True):
        assert np.array_equal(np.asarray(picture), np.asarray(frame(n)))
    clip = animated(tmp_path / "a.png", [frame(n) for n in range(9)])
    for picture, n in zip(read_frames(clip, 3), (1, 4, 7), strict=True):
        assert np.array_equal(np.asarray(picture), np.asarray(frame(n)))


def test_what_is_no_clip_says_so(tmp_path):
    def reason(path: Path) -> str:
        found = read_frames(path, 4)
        assert isinstance(found, Unreadable)
        assert str(path) in found.reason
        return found.reason

    assert "no such file or folder" in reason(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "no frame in it" in reason(tmp_path / "empty")
    (tmp_path / "film.mp4").write_bytes(bytes(4) + b"ftypisom" + bytes(99))
    assert "ffmpeg -i FILE -vf fps=1" in reason(tmp_path / "film.mp4")
    whole = animated(tmp_path / "a.gif", [frame(n) for n in range(4)]).read_bytes()
    (tmp_path / "cut.gif").write_bytes(whole[: len(whole) // 2])
    assert reason(tmp_path / "cut.gif")


def test_a_masked_frame_counts_for_nothing():
    net = VideoEncoder(size=(16, 16), widths=(4,)).net.eval()
    frames = torch.randint(0, 255, (1, 3, 16, 16, 3), dtype=torch.uint8)
    mask = torch.tensor([[True, True, False]])
    first = net(frames, mask)
    frames[0, 2] = 0
    assert torch.equal(first, net(frames, mask))
    assert torch.allclose(first, net(frames[:, :2], mask[:, :2]), atol=1e-6)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="at least 16 pixels"):
        VideoEncoder(size=(8, 8))
    with pytest.raises(ValueError, match="frames=0"):
        VideoEncoder(frames=0)
