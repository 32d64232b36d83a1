from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from backlot.engine.clip import index as index_module
from backlot.engine.clip.store import Store
from backlot.engine.errors import StoreError


def fill(store, key, size):
    store.put(key, "data.bin", lambda part: part.write_bytes(b"x" * size))


def entries(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def hidden_files(folder):
    return [path for path in folder.rglob(".*") if path.is_file()]


def test_a_record_is_computed_once_and_found_by_another_store(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return {"boxes": [(1, 2.5), None]}

    first = Store(tmp_path).record("lights", compute)
    again = Store(tmp_path).record("lights", compute)
    assert first == again == {"boxes": [[1, 2.5], None]}
    assert len(calls) == 1


def test_a_record_of_nothing_is_kept_too(tmp_path):
    store = Store(tmp_path)
    assert store.record("screen", lambda: None) is None
    assert store.record("screen", lambda: 5) is None


def test_a_damaged_record_is_made_again(tmp_path):
    store = Store(tmp_path)
    store.record("key", lambda: [1, 2, 3])
    (path,) = tmp_path.glob("*/record.*.json")
    path.write_bytes(b"\0" * path.stat().st_size)
    assert store.record("key", lambda: [4]) == [4]
    assert Store(tmp_path).record("key", lambda: [5]) == [4]


def test_a_store_deleted_while_it_is_open_begins_again(tmp_path):
    store = Store(tmp_path / "store")
    store.record("key", lambda: [1])
    shutil.rmtree(tmp_path / "store")
    assert store.record("key", lambda: [2]) == [2]
    assert store.record("key", lambda: [3]) == [2]


def test_a_failed_write_leaves_nothing(tmp_path):
    store = Store(tmp_path)

    def fail(part):
        part.write_bytes(b"half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        store.put("key", "data.bin", fail)
    assert store.find("key", "data.bin") is None
    assert list((tmp_path / "key").iterdir()) == []


def test_a_truncated_file_is_not_found(tmp_path):
    store = Store(tmp_path)
    fill(store, "key", 100)
    (path,) = (tmp_path / "key").iterdir()
    path.write_bytes(b"x" * 99)
    assert store.names("key") == set()
    assert store.find("key", "data.bin") is None
    assert not path.exists()


def test_other_bytes_of_the_same_size_are_not_verified(tmp_path):
    fill(Store(tmp_path), "key", 100)
    (path,) = (tmp_path / "key").iterdir()
    path.write_bytes(b"y" * 100)
    assert Store(tmp_path).find("key", "data.bin") is None


@pytest.mark.parametrize("damage", ["deleted", "garbage", "zeroed tail", "empty"])
def test_a_lost_index_is_made_again_from_the_folders(tmp_path, damage):
    store = Store(tmp_path)
    fill(store, "key", 100)
    store.record("record", lambda: 7)
    index = tmp_path / "index.sqlite"
    whole = index.read_bytes()
    if damage == "deleted":
        index.unlink()
    else:
        zeroed = whole[:4096] + b"\xff" * (len(whole) - 4096)
        index.write_bytes({"garbage": b"no database", "empty": b""}.get(damage, zeroed))
    again = Store(tmp_path)
    assert again.find("key", "data.bin").read_bytes() == b"x" * 100
    assert again.record("record", lambda: 8) == 7


def test_the_least_recently_used_entry_goes_first(tmp_path):
    store = Store(tmp_path, limit_bytes=250)
    for key in ("a", "b"):
        fill(store, key, 100)
    with store.lease("a"):
        pass
    fill(store, "c", 100)
    assert entries(tmp_path) == ["a", "c"]


def test_an_entry_in_use_is_never_removed(tmp_path):
    store = Store(tmp_path, limit_bytes=150)
    fill(store, "a", 100)
    with store.lease("a"):
        Store(tmp_path, limit_bytes=0)
        fill(store, "b", 100)
        assert "a" in entries(tmp_path)
    Store(tmp_path, limit_bytes=0)
    assert entries(tmp_path) == []


def test_a_user_that_is_gone_no_longer_protects_its_entry(tmp_path):
    class User:
        pass

    store = Store(tmp_path)
    fill(store, "a", 100)
    user = User()
    store.lease_for(user, "a")
    store._limit_bytes = 0
    store.clear()
    assert entries(tmp_path) == ["a"]
    del user
    store.clear()
    assert entries(tmp_path) == []


def test_an_old_entry_goes_after_its_time_to_live(tmp_path):
    fill(Store(tmp_path), "a", 10)
    with sqlite3.connect(tmp_path / "index.sqlite") as db:
        db.execute("UPDATE entries SET used = used - 1000")
    db.close()
    Store(tmp_path, ttl_s=2000)
    assert entries(tmp_path) == ["a"]
    Store(tmp_path, ttl_s=500)
    assert entries(tmp_path) == []


_DIES_WITH_A_LEASE = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("tests_conftest", sys.argv[2])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from pathlib import Path
from backlot.engine.clip.store import Store
def write(part):
    part.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
Store(Path(sys.argv[1])).put("a", "data.bin", write)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_process_leaves_neither_lease_nor_temporary_file(tmp_path, pytestconfig):
    conftest = pytestconfig.rootpath / "tests" / "conftest.py"
    subprocess.run(
        [sys.executable, "-c", _DIES_WITH_A_LEASE, str(tmp_path), str(conftest)], check=False
    )
    assert len(hidden_files(tmp_path)) == 1
    Store(tmp_path)
    assert hidden_files(tmp_path) == []
    Store(tmp_path, limit_bytes=0, ttl_s=-1)
    assert entries(tmp_path) == []


def test_a_lease_without_sign_of_life_ends(tmp_path, monkeypatch):
    store = Store(tmp_path)
    fill(store, "a", 10)
    store._leases.take("a")
    later = time.time() + index_module.LEASE_S + 1
    monkeypatch.setattr("backlot.engine.clip.store.time.time", lambda: later)
    Store(tmp_path, limit_bytes=0)
    assert entries(tmp_path) == []


def test_the_mark_of_a_file_follows_its_content(tmp_path):
    store = Store(tmp_path / "store")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"one")
    first = store.file_mark(file)
    assert store.file_mark(file) == first
    file.write_bytes(b"other")
    assert store.file_mark(file) != first
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(b"one")
    assert store.file_mark(copy) == first


def test_stores_in_many_threads_agree(tmp_path):
    errors = []

    def work(number):
        try:
            store = Store(tmp_path)
            for turn in range(10):
                fill(store, f"key{turn % 3}", 50)
                assert store.record(f"r{turn}", lambda turn=turn: turn) == turn
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert hidden_files(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="must be writable"):
        Store(tmp_path / "file" / "store")


def test_a_full_disk_is_named(tmp_path):
    def write(part):
        raise OSError(errno.ENOSPC, "No space left on device", str(part))

    with pytest.raises(StoreError, match="No space left"):
        Store(tmp_path).put("key", "data.bin", write)
