"""What ``backlot doctor`` tells: what is installed, which device, what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from . import models
from .run_context import store_dir
from .where import here

_PACKAGES = ("torch", "numpy", "av", "pillow")
_OPENCVS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
#: What the pack encodes and keeps clips with.
_CODECS = {"libx264": "delivers video", "aac": "delivers sound", "ffv1": "keeps rendered clips"}


def report() -> Iterator[str]:
    """Yield the lines of the report."""
    yield from _versions()
    yield from _codecs()
    yield from _devices()
    yield _comfyui()
    yield from _store()
    yield from _models()


def _versions() -> Iterator[str]:
    yield f"Python     {platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in _PACKAGES:
        yield f"{package:10} {_version(package) or 'missing'}"
    found = {name: version for name in _OPENCVS if (version := _version(name))}
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    yield f"opencv     {listed or 'missing'}"
    if len(found) > 1:
        yield (
            "           WARNING: several OpenCV packages overwrite each other's files; "
            f"keep one of {', '.join(found)}"
        )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _codecs() -> Iterator[str]:
    import av

    for codec, use in _CODECS.items():
        state = "present" if codec in av.codecs_available else f"MISSING: nothing {use}"
        yield f"codec      {codec} {state}"


def _devices() -> Iterator[str]:
    import torch

    yield f"device     {here.device()}"
    for number in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(number)
        yield f"           cuda:{number} {facts.name}, {facts.total_memory / 2**30:.1f} GiB"


def _comfyui() -> str:
    spec = find_spec("comfyui_version")
    if spec is None or spec.origin is None:
        return "ComfyUI    not on the Python path; workflows run in Backlot's own executor"
    version = Path(spec.origin).read_text(encoding="utf-8").rpartition("=")[2].strip(" \n\"'")
    return f"ComfyUI    {version} in {Path(spec.origin).parent}"


def _store() -> Iterator[str]:
    folder = store_dir()
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    yield f"store      {folder}"
    yield (
        f"           {sum(files) / 2**30:.2f} GiB in {len(files)} files, "
        f"{free / 2**30:.1f} GiB free on the disk"
    )


def _models() -> Iterator[str]:
    for line in models.listed():
        yield f"model      {line}"
