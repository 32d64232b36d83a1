"""Fingerprints: same fingerprint, same pixels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np


def fingerprint(operation: str, *parts: Any) -> str:
    """Return 32 hexadecimal digits that identify what made a clip or a record.

    Args:
        operation: name and version of what is done, for example ``"resize/1"``. Raise the
            version whenever the same parameters would give other pixels.
        parts: everything the result depends on: parents' fingerprints, parameters, arrays.
    """
    text = json.dumps([operation, [_plain(part) for part in parts]], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def array_fingerprint(array: np.ndarray[Any, Any]) -> str:
    """Return the fingerprint of an array's shape, dtype and bytes."""
    digest = hashlib.blake2b(f"{array.shape}{array.dtype.str}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def file_fingerprint(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Return the fingerprint of a file's content.

    Args:
        path: the file.
        on_bytes: called with the number of bytes of each block read (for cancel and progress).
    """
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return ``value`` as something JSON writes the same way every time."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value).hex()
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, np.ndarray):
        return array_fingerprint(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    raise TypeError(f"a {type(value).__name__} cannot be part of a fingerprint")
