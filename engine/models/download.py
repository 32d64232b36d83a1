"""Fetches a model's files when asked to: resumed where it broke off, verified, then renamed.

A file is written as ``<name>.part`` and gets its name when its size and SHA-256 are right, so what
has its name is whole. What the manifest does not know is taken from the server: Hugging Face says
size and SHA-256 of a large file in the answer that leads to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..context import Context
from ..errors import FinalError, RetryableError
from .library import download_folder
from .manifest import ModelFile, manifest

if TYPE_CHECKING:
    import requests

#: Bytes read before cancel is asked and progress told.
_PIECE_BYTES = 1 << 18
#: A connection that breaks is taken up again this often without a byte gained.
_ATTEMPTS = 3
_TIMEOUT_S = 30.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEBIBYTE = 1 << 20


def download_model(context: Context, model_id: str) -> Path:
    """Fetch what is missing of a model and return its folder.

    Args:
        context: the first of its model folders is where the model goes; progress and cancel.
        model_id: of the manifest.

    Raises:
        FinalError: if a file is not what the publisher describes, or is not there any more.
        RetryableError: without a connection, or when it keeps breaking; what has come is kept.
        Cancelled: if the host asked to stop; what has come is kept.
    """
    folder = download_folder(context, model_id)
    for file in manifest(model_id).files:
        download_file(context, file, folder)
    return folder


def download_file(context: Context, file: ModelFile, folder: Path) -> Path:
    """Fetch one file into ``folder`` unless it is there; see :func:`download_model`."""
    target = folder / file.path
    if target.is_file() and target.stat().st_size:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    file = _fetch(context, file, part)
    _verify(context, file, part)
    part.replace(target)
    return target


def _fetch(context: Context, file: ModelFile, part: Path) -> ModelFile:
    """Bring ``part`` to its full length and return ``file`` with what the server said of it."""
    import requests

    broken: Exception | None = None
    attempts = _ATTEMPTS
    while attempts:
        had = _length(part)
        try:
            answer = _ask(file, had)
            file = _completed(file, answer)
            if _write(context, file, answer, part):
                return file
        except (requests.ConnectionError, requests.Timeout) as error:
            broken = error
        except requests.exceptions.ChunkedEncodingError as error:
            broken = error
        attempts = _ATTEMPTS if _length(part) > had else attempts - 1
    raise RetryableError(
        f"{part.with_suffix('').name} could not be downloaded from {file.url}. Run the same again "
        f"with a connection, or put the file into {part.parent} by hand."
    ) from broken


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _ask(file: ModelFile, start: int) -> requests.Response:
    """Return the answer to a request for the file from byte ``start`` on.

    Raises:
        FinalError: if the server refuses for good.
        requests.ConnectionError: if it has a bad moment.
    """
    import requests

    # Without "identity" a server may pack the file, and lengths would not be the file's.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    answer = requests.get(
        file.url, headers=headers, stream=True, timeout=_TIMEOUT_S, allow_redirects=True
    )
    if answer.status_code in (200, 206, 416):
        return answer
    answer.close()
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise requests.ConnectionError(f"the server answered {answer.status_code}")
    raise FinalError(
        f"{file.path} must be at {file.url}, got the answer {answer.status_code}. "
        "Look on the publisher's page, or update the pack."
    )


def _completed(file: ModelFile, answer: requests.Response) -> ModelFile:
    """Return ``file`` with size and SHA-256 as the server tells them, where they are not known."""
    size, digest = file.size_bytes, file.sha256
    for step in (*answer.history, answer):
        linked_size = step.headers.get("X-Linked-Size", "")
        linked_digest = step.headers.get("X-Linked-Etag", "").strip('"').lower()
        if size is None and linked_size.isdigit():
            size = int(linked_size)
        if digest is None and _SHA256.fullmatch(linked_digest):
            digest = linked_digest
    return replace(file, size_bytes=_whole_size(answer) if size is None else size, sha256=digest)


def _whole_size(answer: requests.Response) -> int | None:
    """Return the size of the whole file as told with the bytes, or None."""
    if answer.status_code == 200:
        told = answer.headers.get("Content-Length", "")
    else:
        told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(told) if told.isdigit() else None


def _write(context: Context, file: ModelFile, answer: requests.Response, part: Path) -> bool:
    """Append what comes to ``part``; return whether it is whole."""
    with answer:
        if answer.status_code == 416:  # nothing lies behind what is here: whole, or too long
            if _length(part) != file.size_bytes:
                part.unlink(missing_ok=True)
                return False
            return True
        resumed = answer.status_code == 206 and _start(answer) == _length(part)
        tell = _Teller(context, file)
        with part.open("ab" if resumed else "wb") as written:
            for piece in answer.iter_content(_PIECE_BYTES):
                context.check()
                written.write(piece)
                tell(written.tell())
    return file.size_bytes is None or _length(part) >= file.size_bytes


def _start(answer: requests.Response) -> int | None:
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


@dataclass(frozen=True)
class _Teller:
    """Tells how much of a file has come."""

    context: Context
    file: ModelFile

    def __call__(self, done: int) -> None:
        total = max(self.file.size_bytes or done, done, 1)
        message = f"downloading {self.file.path}, {done / _MEBIBYTE:.0f} MiB"
        self.context.progress("models", done, total, message)


def _verify(context: Context, file: ModelFile, part: Path) -> None:
    """Raise FinalError, and remove ``part``, unless it is what was to come."""
    size = _length(part)
    if file.size_bytes is not None and size != file.size_bytes:
        _refuse(file, part, f"{file.size_bytes} bytes long", f"{size} bytes")
    if file.sha256 is not None:
        digest = sha256_of(part, context.check)
        if digest != file.sha256:
            _refuse(file, part, f"the file with SHA-256 {file.sha256}", digest)


def _refuse(file: ModelFile, part: Path, expected: str, got: str) -> None:
    part.unlink(missing_ok=True)
    raise FinalError(
        f"{file.path} from {file.url} must be {expected}, got {got}. It was removed: download it "
        "again, and if this comes back, update the pack."
    )


def sha256_of(path: Path, check: Callable[[], None]) -> str:
    """Return a file's SHA-256 in hex; ``check`` is called now and then and may raise."""
    digest = hashlib.sha256()
    with path.open("rb") as read:
        while piece := read.read(16 * _MEBIBYTE):
            check()
            digest.update(piece)
    return digest.hexdigest()
