from __future__ import annotations

import struct

import numpy as np
import pytest
from backlot.engine.errors import MediaError
from backlot.engine.media.picture import read_picture
from PIL import Image, ImageCms


def picture(size=(6, 4), channels=3):
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (size[1], size[0], channels)).astype(np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_png_comes_as_it_is(tmp_path, channels):
    values = picture(channels=channels)
    Image.fromarray(values).save(tmp_path / "a.png")

    assert np.array_equal(read_picture(tmp_path / "a.png"), values)


def test_the_cameras_orientation_is_applied(tmp_path):
    values = picture()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)

    assert np.array_equal(read_picture(tmp_path / "a.png"), np.rot90(values, -1))


def test_grey_of_sixteen_bits_is_scaled(tmp_path):
    values = np.linspace(0, 65535, 256).astype(np.uint16)[None]
    Image.fromarray(values).save(tmp_path / "a.png")

    found = read_picture(tmp_path / "a.png")

    assert found.shape == (1, 256, 3)
    assert np.array_equal(found[0, :, 0], np.arange(256))


def test_a_palette_keeps_its_transparency(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=1)

    found = read_picture(tmp_path / "a.png")

    assert found.tolist() == [[[255, 0, 0, 255], [0, 0, 255, 0]]]


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "YCbCr", "LA"])
def test_other_forms_become_rgb(tmp_path, mode):
    gray = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (4, 8)))
    suffix = "png" if mode in ("L", "1", "LA") else "jpg"
    how = {} if suffix == "png" else {"quality": 100}
    gray.convert("RGB").convert(mode).save(tmp_path / f"a.{suffix}", **how)

    found = read_picture(tmp_path / f"a.{suffix}")

    assert found.shape == (4, 16, 4 if mode == "LA" else 3)
    assert np.abs(found[..., :3].astype(int) - np.asarray(gray)[..., None]).max() <= 4


def linear_profile():
    """Return an ICC profile with the primaries of sRGB, whose values are linear light."""

    def fixed(*values):
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    curve = b"curv" + bytes(8)
    tags = {
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + fixed(0.4361, 0.2225, 0.0139),
        b"gXYZ": b"XYZ " + bytes(4) + fixed(0.3851, 0.7169, 0.0971),
        b"bXYZ": b"XYZ " + bytes(4) + fixed(0.1431, 0.0606, 0.7141),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    header = bytearray(128)
    struct.pack_into(
        ">I4xI4s4s4s",
        header,
        0,
        132 + len(table) - 4 + len(body),
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
    )
    header[36:40] = b"acsp"
    header[68:80] = fixed(0.9642, 1.0, 0.8249)
    return bytes(header) + table + body


def test_an_embedded_profile_is_converted(tmp_path):
    values = np.full((2, 2, 4), 128, np.uint8)
    for channels in (3, 4):
        path = tmp_path / f"{channels}.png"
        Image.fromarray(values[..., :channels]).save(path, icc_profile=linear_profile())

        found = read_picture(path)

        assert np.abs(found[..., :3].astype(int) - 188).max() <= 1
        assert channels == 3 or (found[..., 3] == 128).all()


def test_a_profile_that_does_not_fit_is_left_out(tmp_path):
    values = picture()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    Image.fromarray(values).save(tmp_path / "a.png", icc_profile=lab.tobytes())

    assert np.array_equal(read_picture(tmp_path / "a.png"), values)


def test_what_is_no_picture_gives_one_clear_sentence(tmp_path):
    text = tmp_path / "a.png"
    text.write_text("no picture")

    for path, word in [
        (tmp_path / "none.png", "Check the path"),
        (tmp_path, "folder"),
        (text, "a.png"),
    ]:
        with pytest.raises(MediaError, match=word):
            read_picture(path)


def test_a_torn_picture_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(picture((300, 200))).save(path)
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(MediaError, match=r"a\.png"):
        read_picture(path)
