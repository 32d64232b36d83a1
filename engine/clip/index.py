"""The store's index: what lies in its folders, when it was last used and who uses it now.

One SQLite file, opened for each operation, with SQLite's ordinary rollback journal (write-ahead
logging needs shared memory, which network folders lack). The index is a convenience: deleted or
damaged, it is made again from the folders.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sqlite3
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import StoreError

log = logging.getLogger(__name__)

#: A lease not renewed for so long has ended: its process was killed or its machine lost.
LEASE_S = 120.0
_BUSY_S = 60.0

_VERSION = 1
_TABLES = (
    "CREATE TABLE entries (key TEXT PRIMARY KEY, used REAL NOT NULL)",
    "CREATE TABLE files (key TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, "
    "crc INTEGER NOT NULL, PRIMARY KEY (key, name))",
    "CREATE TABLE leases (key TEXT NOT NULL, owner TEXT NOT NULL, until REAL NOT NULL, "
    "PRIMARY KEY (key, owner))",
    "CREATE TABLE marks (path TEXT PRIMARY KEY, size INTEGER NOT NULL, "
    "mtime_ns INTEGER NOT NULL, mark TEXT NOT NULL)",
)


class Index:
    """What the store remembers of its folders; safe between threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``/index.sqlite; the folders beside it are the entries."""
        self._folder = folder
        self._path = folder / "index.sqlite"

    @contextmanager
    def session(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside one transaction that other processes wait for.

        Raises:
            StoreError: if the index cannot be used.
        """
        with closing(self._open()) as connection:
            try:
                with connection:
                    yield connection
            except sqlite3.DatabaseError as error:
                if not isinstance(error, sqlite3.OperationalError):
                    self._remove(error)
                raise self._unusable(error) from error

    def check(self) -> None:
        """Look the whole index over; make it again from the folders if it is damaged."""
        with closing(self._open()) as connection:
            try:
                found = connection.execute("PRAGMA quick_check").fetchone()[0]
            except sqlite3.DatabaseError as error:
                found = str(error)
        if found != "ok":
            self._remove(found)
            self._open().close()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._begin()
        except (sqlite3.OperationalError, OSError) as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            self._remove(error)
        return self._begin()

    def _begin(self) -> sqlite3.Connection:
        # Somebody may have cleared the store by hand, folder and all.
        self._folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        try:
            # What a power cut takes from the index is made again, so no commit waits for the disk.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for table in _TABLES:
                    connection.execute(table)
                self._adopt(connection)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise sqlite3.DatabaseError(f"it is of version {version}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _remove(self, why: object) -> None:
        log.warning("The store's index %s is made again: %s.", self._path, why)
        for path in (self._path, self._path.with_name(self._path.name + "-journal")):
            path.unlink(missing_ok=True)

    def _unusable(self, error: sqlite3.Error | OSError) -> StoreError:
        return StoreError(
            f"the store's index {self._path} must be readable and writable, got '{error}'. "
            "Check the folder's permissions and free space, and run again."
        )

    def _adopt(self, connection: sqlite3.Connection) -> None:
        """Enter what lies in the folders already."""
        for entry in sorted(path for path in self._folder.iterdir() if path.is_dir()):
            if entry.name.startswith("."):
                continue
            used = entry.stat().st_mtime
            connection.execute("INSERT OR IGNORE INTO entries VALUES (?, ?)", (entry.name, used))
            for path in entry.iterdir():
                named = re.fullmatch(r"(\w+)\.([0-9a-f]{8})\.(\w+)", path.name)
                if named:
                    name, crc = f"{named[1]}.{named[3]}", int(named[2], 16)
                    row = (entry.name, name, path.stat().st_size, crc)
                    connection.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?)", row)


class Leases:
    """The entries this process uses, kept alive in the index by a thread while there are any.

    A lease ends when it is given back, when its process is gone, or LEASE_S after its last sign.
    """

    def __init__(self, index: Index) -> None:
        """Hold nothing yet."""
        node = re.sub(r"\W", "-", platform.node())
        self.owner = f"{node}.{os.getpid()}.{uuid.uuid4().hex[:12]}"
        self._index = index
        self._held: Counter[str] = Counter()
        self._ended: deque[str] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, key: str) -> None:
        """Protect entry ``key`` until it is given back as often as it was taken."""
        with self._lock:
            self._held[key] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, daemon=True)
                self._thread.start()
        now = time.time()
        with self._index.session() as db:
            db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (key, now))
            db.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", self._row(key, now))

    def give_back(self, key: str) -> None:
        """Undo one :meth:`take`, at the next :meth:`settle`; safe to call from a finalizer."""
        self._ended.append(key)

    def settle(self) -> None:
        """Enter in the index what was given back."""
        free = []
        with self._lock:
            while self._ended:
                key = self._ended.popleft()
                self._held[key] -= 1
                if self._held[key] <= 0:
                    del self._held[key]
                    free.append((key, self.owner))
        if free:
            with self._index.session() as db:
                db.executemany("DELETE FROM leases WHERE key = ? AND owner = ?", free)

    def _row(self, key: str, now: float) -> tuple[str, str, float]:
        return key, self.owner, now + LEASE_S

    def _renew(self) -> None:
        while True:
            time.sleep(LEASE_S / 4)
            try:
                self.settle()
                with self._lock:
                    keys = list(self._held)
                    if not keys:
                        self._thread = None
                        return
                now = time.time()
                with self._index.session() as db:
                    rows = [self._row(key, now) for key in keys]
                    db.executemany("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", rows)
            except StoreError as error:
                log.warning("The store's leases could not be renewed: %s", error)


def is_alive(owner: str, until: float, now: float) -> bool:
    """Tell whether the process that holds a lease may still use it."""
    if until < now:
        return False
    node, pid, _ = owner.rsplit(".", 2)
    if os.name == "nt" or node != re.sub(r"\W", "-", platform.node()):
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
