"""Pictures of every kind and in every state: read into RGB, or said why not."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xdrec.encoders import pictures
from xdrec.encoders.base import Unreadable
from xdrec.encoders.pictures import (
    MOST_PIXELS,
    check_pictures,
    letterbox,
    open_picture,
    picture_content,
    read_pictures,
)

RED, GREEN, WHITE, BLACK = (200, 30, 20), (10, 180, 60), (255, 255, 255), (0, 0, 0)


def packed(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(source: pictures.Picture, least: int = 0) -> Image.Image:
    image = open_picture(source, least)
    assert isinstance(image, Image.Image), image
    assert image.mode == "RGB"
    return image


def reason(source: pictures.Picture) -> str:
    found = open_picture(source)
    assert isinstance(found, Unreadable), found
    return found.reason


def halves(left: object, right: object, mode: str = "RGB") -> Image.Image:
    """8 x 4 pixels, the left half of one value and the right of another."""
    image = Image.new(mode, (8, 4), left)
    image.paste(right, (4, 0, 8, 4))
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_common_formats(kind: str, tmp_path: Path) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "JPEG" else {}
    data = packed(Image.new("RGB", (8, 4), RED), kind, **options)
    (tmp_path / "no.extension").write_bytes(data)
    for source in (data, tmp_path / "no.extension", str(tmp_path / "no.extension")):
        image = opened(source)
        assert image.size == (8, 4)
        assert np.abs(np.array(image.getpixel((2, 2))) - RED).max() <= 3


def test_one_bit_and_grey() -> None:
    ink = opened(packed(halves(1, 0, "1"), "PNG"))
    assert (ink.getpixel((1, 1)), ink.getpixel((6, 1))) == (WHITE, BLACK)
    grey = opened(packed(halves(7, 200, "L"), "PNG"))
    assert (grey.getpixel((1, 1)), grey.getpixel((6, 1))) == ((7, 7, 7), (200, 200, 200))


def test_transparent_is_white_and_half_transparent_half_so() -> None:
    rgba = opened(packed(halves((*RED, 0), (*GREEN, 255), "RGBA"), "PNG"))
    assert (rgba.getpixel((1, 1)), rgba.getpixel((6, 1))) == (WHITE, GREEN)
    # On white: 0.5 · 0 + 0.5 · 255.
    la = opened(packed(halves((0, 128), (0, 255), "LA"), "PNG"))
    assert la.getpixel((1, 1)) == (127, 127, 127)
    assert la.getpixel((6, 1)) == BLACK


def test_palettes_with_and_without_a_transparent_colour() -> None:
    image = halves(0, 1, "P")
    image.putpalette([*RED, *GREEN])
    plain = opened(packed(image, "PNG"))
    assert (plain.getpixel((1, 1)), plain.getpixel((6, 1))) == (RED, GREEN)
    one = opened(packed(image, "GIF", transparency=0))
    assert (one.getpixel((1, 1)), one.getpixel((6, 1))) == (WHITE, GREEN)
    # A PNG may give each colour of its palette an opacity of its own.
    each = opened(packed(image, "PNG", transparency=bytes([255, 0])))
    assert (each.getpixel((1, 1)), each.getpixel((6, 1))) == (RED, WHITE)


def test_an_opaque_colour_named_as_transparent() -> None:
    """PNG without alpha may name one colour (tRNS) that is to be seen through."""
    data = packed(halves(RED, GREEN), "PNG", transparency=RED)
    assert opened(data).getpixel((1, 1)) == WHITE
    assert opened(data).getpixel((6, 1)) == GREEN


def test_cmyk_and_ycbcr() -> None:
    ink = opened(packed(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF"))
    assert ink.getpixel((1, 1)) == (255, 0, 0)
    jpeg = opened(packed(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100))
    assert np.abs(np.array(jpeg.getpixel((4, 4))) - (255, 0, 0)).max() <= 3
    ycc = opened(Image.new("RGB", (4, 4), GREEN).convert("YCbCr"))
    assert np.abs(np.array(ycc.getpixel((1, 1))) - GREEN).max() <= 3


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    deep = np.array([[0, 257, 32896, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        grey = np.asarray(opened(packed(Image.fromarray(deep), kind)))[0, :, 0]
        assert grey.tolist() == [0, 1, 128, 255]


def test_whole_numbers_of_32_bits_and_real_ones() -> None:
    within = Image.fromarray(np.array([[0, 32896, 65535]], np.int32))
    assert np.asarray(opened(within))[0, :, 0].tolist() == [0, 128, 255]
    beyond = Image.fromarray(np.array([[-100_000, 0, 100_000]], np.int32))
    assert np.asarray(opened(beyond))[0, :, 0].tolist() == [0, 128, 255]
    shares = Image.fromarray(np.array([[0.0, 0.2, 0.4]], np.float32))
    assert np.asarray(opened(packed(shares, "TIFF")))[0, :, 0].tolist() == [0, 51, 102]
    heights = Image.fromarray(np.array([[1000.0, 1500.0, 2000.0]], np.float32))
    assert np.asarray(opened(heights))[0, :, 0].tolist() == [0, 128, 255]
    flat = Image.fromarray(np.full((1, 3), 7e9, np.float32))
    assert np.asarray(opened(flat))[0, :, 0].tolist() == [0, 0, 0]
    assert "NaN" in reason(Image.fromarray(np.array([[0.0, np.nan]], np.float32)))


def test_exif_turns_a_picture_and_damaged_notes_do_not_hide_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise: what was left is then at the top
    turned = opened(packed(halves(RED, GREEN), "PNG", exif=exif))
    assert turned.size == (4, 8)
    assert (turned.getpixel((1, 1)), turned.getpixel((1, 6))) == (RED, GREEN)
    noise = b"Exif\x00\x00MM\x00*\x00\x00\xff\xff" + bytes(range(200))
    assert opened(packed(Image.new("RGB", (8, 4), RED), "JPEG", exif=noise)).size == (8, 4)


def test_the_first_frame_of_a_moving_picture() -> None:
    frames = [Image.new("RGB", (8, 4), colour) for colour in (RED, GREEN, BLACK)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = packed(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert opened(data).getpixel((1, 1)) == RED


def test_a_large_jpeg_is_decoded_small() -> None:
    data = packed(Image.new("RGB", (1600, 800), RED), "JPEG")
    assert opened(data).size == (1600, 800)
    assert opened(data, least=100).size == (200, 100)  # an eighth would still do
    assert opened(data, least=300).size == (800, 400)  # a quarter would not
    thin = packed(Image.new("RGB", (1600, 40), RED), "JPEG")
    assert opened(thin, least=100).size == (1600, 40)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """Small files that say they hold 64 million and 10^10 pixels: only the header is read."""

    def png(side: int) -> bytes:
        def block(name: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + name + body + struct.pack(
                ">I", zlib.crc32(name + body))  # fmt: skip

        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        rows = zlib.compress(bytes(10_000_000))
        return (b"\x89PNG\r\n\x1a\n" + block(b"IHDR", header) + block(b"IDAT", rows)
                + block(b"IEND", b""))  # fmt: skip

    assert "8000 x 8000 pixels, expected 1 to 50,000,000" in reason(png(8_000))
    assert "more than 50,000,000 pixels" in reason(png(100_000))
    assert MOST_PIXELS < Image.MAX_IMAGE_PIXELS  # ours speaks first, and Pillow need not warn


def test_what_is_no_picture(tmp_path: Path) -> None:
    assert reason(b"") == "no bytes at all"
    assert reason(b"<html>not found</html>") == "22 bytes: no image of a known format"
    assert reason(tmp_path / "gone.png") == f"{tmp_path}/gone.png: no such file"
    assert reason(tmp_path) == f"{tmp_path}: no file, but a folder"
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert "no image of a known format" in reason(tmp_path / "empty.jpg")
    assert "File name too long" in reason("x" * 5000)
    assert "no such file" in reason("a\0b.png")
    assert "0 x 0 pixels" in reason(Image.new("RGB", (0, 0)))
    # What would start another program is not even tried.
    assert "no image of a known format" in reason(packed(Image.new("RGB", (4, 4)), "EPS"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_picture_that_breaks_off(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = packed(Image.fromarray(noise), kind)
    for share in (0.1, 0.5, 0.9):
        assert reason(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_flipped_bytes_never_raise(kind: str) -> None:
    rng = np.random.default_rng(0)
    data = packed(Image.fromarray(rng.integers(0, 255, (24, 24, 3), np.uint8)), kind)
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 4):
            broken[at] = rng.integers(256)
        found = open_picture(bytes(broken))
        assert isinstance(found, Unreadable) or found.mode == "RGB"


def test_letterbox_keeps_all_and_squeezes_nothing() -> None:
    wide = letterbox(halves(RED, GREEN).resize((80, 40), Image.Resampling.NEAREST), 60, 40)
    assert wide.shape == (60, 40, 3)
    assert wide.dtype == np.uint8
    # 80 x 40 into a width of 40 is 20 high: 20 white rows above and below it.
    assert (wide[:20] == 255).all()
    assert (wide[40:] == 255).all()
    assert wide[30, 5].tolist() == list(RED)
    assert wide[30, 35].tolist() == list(GREEN)
    line = letterbox(Image.new("RGB", (4000, 1), BLACK), 10, 10)
    assert (line == 0).all(axis=2).sum() == 10  # however thin, it is seen
    assert (letterbox(Image.new("RGB", (3, 4), RED), 64, 48) == RED).all()


def test_many_in_order_and_one_twice(tmp_path: Path) -> None:
    Image.new("RGB", (5, 5), GREEN).save(tmp_path / "lazy.png")
    with Image.open(tmp_path / "lazy.png") as lazy:
        sources = [Image.new("RGB", (n, 1)) for n in range(1, 40)] + [b"no"] + [lazy] * 20
        found = read_pictures(sources, lambda image: image.width)
    assert found[:39] == list(range(1, 40))
    assert isinstance(found[39], Unreadable)
    assert found[40:] == [5] * 20
    assert read_pictures([], lambda image: image.width) == []


def test_content_is_of_the_file_or_of_what_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (4, 4), RED).save(file)
    before = picture_content(file)
    assert before == picture_content(str(file)) == picture_content(file.read_bytes())
    Image.new("RGB", (4, 5), GREEN).save(file)
    assert picture_content(file) != before
    assert picture_content(tmp_path / "gone.png") == picture_content(tmp_path) == "no file"
    assert "File name too long" in picture_content("x" * 5000)
    one, other = (Image.new("P", (4, 4), 0) for _ in range(2))
    one.putpalette([*RED])
    other.putpalette([*GREEN])
    assert picture_content(one) != picture_content(other)
    assert picture_content(Image.new("RGB", (2, 8))) != picture_content(Image.new("RGB", (4, 4)))
    assert "0 x 0" in picture_content(Image.new("RGB", (0, 0)))


def test_a_list_of_pictures_and_nothing_else() -> None:
    check_pictures(["a.png", Path("b.png"), b"c", Image.new("L", (1, 1)), None])
    for one in ("a.png", Path("a.png"), b"a", Image.new("L", (1, 1))):
        with pytest.raises(ValueError, match=r"one picture .* expected a list of pictures"):
            check_pictures(one)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"1 items are no pictures, the first in row 1 \(nan\)"):
        check_pictures(["a.png", float("nan")])
