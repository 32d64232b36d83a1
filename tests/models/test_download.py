from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from backlot.engine.errors import Cancelled, FinalError, RetryableError
from backlot.engine.models import download, manifest
from backlot.engine.models.download import download_file, download_model
from backlot.engine.models.manifest import ModelFile, ModelManifest

BODY = bytes(range(256)) * 8192  # 2 MiB
DIGEST = hashlib.sha256(BODY).hexdigest()


class Shelf(ThreadingHTTPServer):
    """Serves BODY under any path, as its settings say."""

    daemon_threads = True
    cut_after = None  # bytes of an answer after which the connection breaks
    cuts = 0  # how many answers break
    status = None
    ranges = True
    headers = ()

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []  # the Range of each request

    def file(self, name="model.safetensors", **facts):
        return ModelFile(name, f"http://127.0.0.1:{self.server_address[1]}/{name}", **facts)


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        shelf = self.server
        asked = self.headers.get("Range")
        shelf.asked.append(asked)
        if shelf.status:
            self.send_response(shelf.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(asked[6:-1]) if asked and shelf.ranges else 0
        if start >= len(BODY):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(BODY)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        self.send_header("Content-Length", str(len(BODY) - start))
        for name, value in shelf.headers:
            self.send_header(name, value)
        self.end_headers()
        body = BODY[start:]
        if shelf.cuts:
            shelf.cuts -= 1
            self.wfile.write(body[: shelf.cut_after])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def shelf():
    server = Shelf()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_comes_whole_and_only_once(shelf, context, tmp_path):
    told = []
    watched = replace(context, progress=lambda *what: told.append(what))
    target = download_file(watched, shelf.file(size_bytes=len(BODY), sha256=DIGEST), tmp_path)
    assert target == tmp_path / "model.safetensors"
    assert target.read_bytes() == BODY
    assert told[-1][:3] == ("models", len(BODY), len(BODY))
    assert [done for _, done, _, _ in told] == sorted(done for _, done, _, _ in told)
    assert download_file(context, shelf.file(), tmp_path) == target
    assert shelf.asked == [None]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["model.safetensors"]


def test_a_cut_connection_is_taken_up_where_it_broke(shelf, context, tmp_path):
    shelf.cut_after, shelf.cuts = 700_000, 2
    target = download_file(context, shelf.file(sha256=DIGEST), tmp_path)
    assert target.read_bytes() == BODY
    starts = [int(asked[6:-1]) for asked in shelf.asked[1:]]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1] < len(BODY), "the second request must not begin at 0"


def test_a_part_of_an_earlier_run_is_continued(shelf, context, tmp_path):
    (tmp_path / "model.safetensors.part").write_bytes(BODY[:1000])
    target = download_file(context, shelf.file(sha256=DIGEST), tmp_path)
    assert target.read_bytes() == BODY
    assert shelf.asked == ["bytes=1000-"]
    assert not (tmp_path / "model.safetensors.part").exists()


def test_a_server_without_ranges_starts_anew(shelf, context, tmp_path):
    shelf.ranges = False
    (tmp_path / "model.safetensors.part").write_bytes(b"old" * 99)
    assert download_file(context, shelf.file(), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("extra", [b"", b"more"])
def test_a_part_that_is_whole_or_too_long_is_no_trap(shelf, context, tmp_path, extra):
    (tmp_path / "model.safetensors.part").write_bytes(BODY + extra)
    target = download_file(context, shelf.file(size_bytes=len(BODY), sha256=DIGEST), tmp_path)
    assert target.read_bytes() == BODY


def test_a_connection_that_never_holds_keeps_what_has_come(shelf, context, tmp_path):
    shelf.cut_after, shelf.cuts = 0, 99
    (tmp_path / "model.safetensors.part").write_bytes(BODY[:1000])
    with pytest.raises(RetryableError):
        download_file(context, shelf.file(), tmp_path)
    assert (tmp_path / "model.safetensors.part").read_bytes() == BODY[:1000]
    assert not (tmp_path / "model.safetensors").exists()


def test_a_busy_server_can_be_asked_later(shelf, context, tmp_path):
    shelf.status = 503
    with pytest.raises(RetryableError):
        download_file(context, shelf.file(), tmp_path)
    assert len(shelf.asked) > 1


def test_a_file_that_is_gone_is_final(shelf, context, tmp_path):
    shelf.status = 404
    with pytest.raises(FinalError, match=r"model\.safetensors must be at .* answer 404"):
        download_file(context, shelf.file(), tmp_path)
    assert len(shelf.asked) == 1


@pytest.mark.parametrize(
    ("facts", "headers"),
    [
        ({"sha256": "0" * 64}, ()),
        ({"size_bytes": len(BODY) - 1}, ()),
        ({}, [("X-Linked-Etag", '"' + "0" * 64 + '"')]),
    ],
)
def test_a_wrong_file_is_refused_and_removed(shelf, context, tmp_path, facts, headers):
    shelf.headers = headers
    with pytest.raises(FinalError, match=r"model\.safetensors from http.* must be .*removed"):
        download_file(context, shelf.file(**facts), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_what_the_server_knows_of_a_file_is_enough(shelf, context, tmp_path):
    shelf.headers = [("X-Linked-Etag", f'"{DIGEST}"'), ("X-Linked-Size", str(len(BODY)))]
    assert download_file(context, shelf.file(), tmp_path).read_bytes() == BODY


def test_offline_says_what_to_fetch_and_where_to_put_it(shelf, context, tmp_path):
    file = shelf.file()
    shelf.shutdown()
    shelf.server_close()
    with pytest.raises(RetryableError) as error:
        download_file(context, file, tmp_path / "net")
    said = str(error.value)
    for part in ("model.safetensors", file.url, str(tmp_path / "net")):
        assert part in said


def test_cancel_stops_between_two_pieces_and_keeps_what_has_come(shelf, context, tmp_path):
    told = []
    stoppable = replace(
        context,
        progress=lambda *what: told.append(what),
        is_cancelled=lambda: len(told) >= 2,
    )
    with pytest.raises(Cancelled):
        download_file(stoppable, shelf.file(), tmp_path)
    part = (tmp_path / "model.safetensors.part").read_bytes()
    assert 0 < len(part) < len(BODY)
    assert part == BODY[: len(part)]


def test_a_model_is_all_its_files(shelf, context, tmp_path, monkeypatch):
    names = ("config.json", "deep/tokenizer.json", "model.safetensors")
    files = tuple(shelf.file(name, sha256=DIGEST) for name in names)
    net = ModelManifest("net", "Net", "tests", "MIT", "https://example.org", "net", {}, files)
    for module in (download, manifest):
        monkeypatch.setattr(module, "manifest", lambda model_id: net)
    monkeypatch.setattr(download, "download_folder", lambda context, model_id: tmp_path / "net")
    folder = download_model(context, "net")
    assert folder == tmp_path / "net"
    assert all((folder / name).read_bytes() == BODY for name in names)
