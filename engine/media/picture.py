"""Reading a still picture as display-referred sRGB."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from ..clip.clip import Array
from ..errors import MediaError

_WIDE_GRAY = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def read_picture(path: Path) -> Array:
    """Return the picture in ``path`` as uint8 (H, W, 3), or (H, W, 4) where it is transparent.

    The camera's orientation is applied, and an embedded colour profile converted to sRGB.

    Raises:
        MediaError: if the file is missing or no picture.
    """
    path = Path(path)
    if path.is_dir():
        raise MediaError(f"picture must be a file, got the folder {path}. Choose a file inside it.")
    if not path.is_file():
        raise MediaError(f"picture must be an existing file, got {path}. Check the path.")
    try:
        with Image.open(path) as image:
            image.load()
            return _as_array(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(
            f"{path.name} must be a picture such as PNG or JPEG, got a file that cannot be read "
            f"({error}). Choose another file or save it again."
        ) from error


def _as_array(image: Image.Image) -> Array:
    profile = image.info.get("icc_profile")
    if image.mode in _WIDE_GRAY:
        image = _eight_bit_gray(image)
    clear = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    alpha = image.convert("RGBA").getchannel("A") if clear else None
    if image.mode in ("P", "PA", "1", "La", "RGBa"):
        image = image.convert("RGB")
    elif alpha is not None:
        image = image.convert("L" if image.mode == "LA" else "RGB")
    image = _to_srgb(image, profile)
    if alpha is not None:
        image.putalpha(alpha)
    return np.asarray(image)


def _eight_bit_gray(image: Image.Image) -> Image.Image:
    """Return a grey picture of more than 8 bits in 8, rounded."""
    values = np.asarray(image, np.float64)
    top = 1.0 if image.mode == "F" else 65535.0
    return Image.fromarray(np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except ImageCms.PyCMSError:
            # A profile that does not fit its picture is as good as none.
            return image.convert("RGB")
        if converted is not None:
            return converted
    return image.convert("RGB")
