"""The store: what was expensive, kept on disk and found again after a crash.

One folder holds one sub-folder for each fingerprint, an *entry*, with a few files: the lossless
segments of a rendered clip, encoded pieces of a delivery, or a small record. A file is written
under a temporary name, flushed to the disk and renamed, so it is whole or absent. Entries that
nobody uses go by age, and the least recently used first when the store outgrows its limit.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import sqlite3
import time
import uuid
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import BacklotError, StoreError
from ..fingerprint import file_fingerprint, fingerprint
from .index import LEASE_S, Index, Leases, is_alive

log = logging.getLogger(__name__)

_RECORD, _RECORDS = "record.json", "record/1"
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


class Store:
    """A folder of entries; two processes may use one at once."""

    def __init__(
        self, folder: Path, *, limit_bytes: int = 64 << 30, ttl_s: float = 14 * 86400
    ) -> None:
        """Open the store in ``folder``, and clear what is too old or was left by dead processes.

        Args:
            folder: made if it is not there.
            limit_bytes: unused entries go, oldest use first, while the files take more.
            ttl_s: unused entries go when their last use is longer ago than this.

        Raises:
            StoreError: if the folder cannot be made or written.
        """
        self.folder = folder
        self._limit_bytes, self._ttl_s = limit_bytes, ttl_s
        self._verified: set[Path] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from error
        self._index = Index(folder)
        self._leases = Leases(self._index)
        self._index.check()
        self.clear()

    def record(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return what is kept under ``key``; compute and keep it if there is nothing yet.

        Args:
            key: a fingerprint of everything the result depends on.
            compute: makes the result: numbers, strings, lists and dicts that JSON can write.

        Returns:
            The result as JSON gives it back (tuples have become lists), also the first time.
        """
        kept = self._recorded(key)
        if kept:
            return kept[0]
        text = json.dumps({"value": compute()})
        self.put(fingerprint(_RECORDS, key), _RECORD, lambda part: _write_text(part, text))
        return json.loads(text)["value"]

    def recall(self, key: str) -> Any:
        """Return what :meth:`record` keeps under ``key``; None if there is nothing yet."""
        kept = self._recorded(key)
        return kept[0] if kept else None

    def _recorded(self, key: str) -> tuple[Any, ...]:
        """Return the value of a record, alone in a tuple; an empty one if there is none."""
        entry = fingerprint(_RECORDS, key)
        path = self.find(entry, _RECORD)
        if path is None:
            return ()
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))["value"]
        except (OSError, ValueError, KeyError) as error:
            log.warning("A record of the store was damaged (%s); it is made again.", error)
            self.drop(entry, _RECORD)
            return ()
        self._touch(entry)
        return (kept,)

    def file_mark(self, path: Path) -> str:
        """Return the fingerprint of a file's content, remembered by path, size and time.

        Raises:
            OSError: if the file cannot be read.
        """
        path = path.resolve()
        stat = path.stat()
        row = (str(path), stat.st_size, stat.st_mtime_ns)
        with self._index.session() as db:
            found = db.execute(
                "SELECT mark FROM marks WHERE path = ? AND size = ? AND mtime_ns = ?", row
            ).fetchone()
        if found is not None:
            return str(found[0])
        mark = file_fingerprint(path)
        with self._index.session() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", (*row, mark))
        return mark

    @contextmanager
    def lease(self, key: str) -> Iterator[None]:
        """Keep entry ``key`` from being cleared inside a ``with`` block."""
        self._leases.take(key)
        try:
            yield
        finally:
            self._leases.give_back(key)
            self._leases.settle()

    def lease_for(self, user: object, key: str) -> None:
        """Keep entry ``key`` from being cleared as long as ``user`` exists."""
        self._leases.take(key)
        weakref.finalize(user, self._leases.give_back, key)

    def find(self, key: str, name: str) -> Path | None:
        """Return a file of entry ``key`` if it is there with the bytes that were written.

        Size is looked at each time, the checksum once per process. A damaged file is removed.
        """
        with self._index.session() as db:
            row = _row_of(db, key, name)
        if row is None:
            return None
        path = self._path(key, name, row[1])
        if path.exists() and path.stat().st_size == row[0]:
            if path in self._verified or _crc(path) == row[1]:
                self._verified.add(path)
                return path
            log.warning("A file of the store was damaged and is removed: %s", path)
        self.drop(key, name)
        return None

    def names(self, key: str) -> set[str]:
        """Return the names of entry ``key``'s files that are there in full size."""
        with self._index.session() as db:
            rows = db.execute("SELECT name, size, crc FROM files WHERE key = ?", (key,)).fetchall()
        sizes = _sizes(self.folder / key)
        return {name for name, size, crc in rows if sizes.get(_on_disk(name, crc)) == size}

    def put(self, key: str, name: str, write: Callable[[Path], None]) -> Path:
        """Write a file of entry ``key``: under a temporary name, flushed, then renamed.

        Args:
            key: the entry.
            name: the file.
            write: writes the content to the path it is given.

        Raises:
            StoreError: if the disk refuses.
        """
        folder = self.folder / key
        part = folder / f".{self._leases.owner}_{uuid.uuid4().hex[:8]}_{name}"
        with self.lease(key):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                write(part)
                _flush(part)
                path = self._keep(key, name, part)
            except OSError as error:
                if isinstance(error, BacklotError) or error.errno not in _DISK_ERRORS:
                    raise
                raise _unusable(self.folder, error) from error
            finally:
                part.unlink(missing_ok=True)
            self._verified.add(path)
            self.clear(only_if_full=True)
        return path

    def drop(self, key: str, name: str) -> None:
        """Remove one file of entry ``key``, if it is there."""
        with self._index.session() as db:
            row = _row_of(db, key, name)
            if row is not None:
                db.execute("DELETE FROM files WHERE key = ? AND name = ?", (key, name))
                path = self._path(key, name, row[1])
                self._verified.discard(path)
                path.unlink(missing_ok=True)

    def clear(self, *, only_if_full: bool = False) -> None:
        """Remove unused entries that are too old or too many, and files of dead processes.

        Args:
            only_if_full: do nothing while the files take no more than the limit.
        """
        self._leases.settle()
        trash = self.folder / f".trash-{uuid.uuid4().hex[:12]}"
        with self._index.session() as db:
            total = db.execute("SELECT coalesce(sum(size), 0) FROM files").fetchone()[0]
            if only_if_full and total <= self._limit_bytes:
                return
            now = time.time()
            self._end_dead_leases(db, now)
            for key in self._unneeded(db, total, now):
                self._move_to_trash(db, key, trash)
            if not only_if_full:
                self._remove_leftovers(db, now)
        shutil.rmtree(trash, ignore_errors=True)

    def _keep(self, key: str, name: str, part: Path) -> Path:
        """Give ``part`` its name, unless another process has put that file meanwhile."""
        size, crc = part.stat().st_size, _crc(part)
        with self._index.session() as db:
            row = _row_of(db, key, name)
            if row is not None:
                theirs = self._path(key, name, row[1])
                if theirs.exists() and theirs.stat().st_size == row[0]:
                    return theirs
            path = self._path(key, name, crc)
            part.replace(path)
            db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", (key, name, size, crc))
        return path

    def _path(self, key: str, name: str, crc: int) -> Path:
        return self.folder / key / _on_disk(name, crc)

    def _touch(self, key: str) -> None:
        with self._index.session() as db:
            db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (key, time.time()))

    def _end_dead_leases(self, db: sqlite3.Connection, now: float) -> None:
        rows = db.execute("SELECT key, owner, until FROM leases").fetchall()
        dead = [(key, owner) for key, owner, until in rows if not is_alive(owner, until, now)]
        db.executemany("DELETE FROM leases WHERE key = ? AND owner = ?", dead)

    def _unneeded(self, db: sqlite3.Connection, total: int, now: float) -> Iterator[str]:
        """Yield the unused entries to remove, the one used longest ago first."""
        rows = db.execute(
            "SELECT key, used, (SELECT coalesce(sum(size), 0) FROM files WHERE files.key = "
            "entries.key) FROM entries WHERE key NOT IN (SELECT key FROM leases) ORDER BY used"
        ).fetchall()
        for key, used, size in rows:
            if total > self._limit_bytes or used < now - self._ttl_s:
                total -= size
                yield key

    def _move_to_trash(self, db: sqlite3.Connection, key: str, trash: Path) -> None:
        trash.mkdir(exist_ok=True)
        source = self.folder / key
        if source.exists():
            try:
                source.rename(trash / key)
            except PermissionError as error:
                log.info("An entry of the store is still open and stays: %s", error)
                return
        self._verified = {path for path in self._verified if path.parent.name != key}
        db.execute("DELETE FROM files WHERE key = ?", (key,))
        db.execute("DELETE FROM entries WHERE key = ?", (key,))

    def _remove_leftovers(self, db: sqlite3.Connection, now: float) -> None:
        """Remove temporary files and trash whose process is gone."""
        owners = {row[0] for row in db.execute("SELECT owner FROM leases")}
        owners.add(self._leases.owner)
        for path in self.folder.glob("*/.*"):
            if not any(path.name.startswith(f".{owner}_") for owner in owners):
                path.unlink(missing_ok=True)
        for path in self.folder.glob(".trash-*"):
            if path.stat().st_mtime < now - LEASE_S:
                shutil.rmtree(path, ignore_errors=True)


def _row_of(db: sqlite3.Connection, key: str, name: str) -> tuple[int, int] | None:
    """Return size and checksum of a file, or None."""
    found: tuple[int, int] | None = db.execute(
        "SELECT size, crc FROM files WHERE key = ? AND name = ?", (key, name)
    ).fetchone()
    return found


def _on_disk(name: str, crc: int) -> str:
    """Return a file's name on disk, which tells its checksum should the index be lost."""
    stem, _, suffix = name.partition(".")
    return f"{stem}.{crc:08x}.{suffix}"


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the store's folder {folder} must be writable, got '{error}'. "
        "Choose another folder, or free space on its disk."
    )


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _flush(path: Path) -> None:
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def _sizes(folder: Path) -> dict[str, int]:
    try:
        return {path.name: path.stat().st_size for path in folder.iterdir()}
    except FileNotFoundError:
        return {}
