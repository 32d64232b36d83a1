from __future__ import annotations

import gc
import threading
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.clip import AudioTrack, Clip, ClipFormat
from backlot.engine.clip.operations import ArrayClip, map_frames
from backlot.engine.clip.render import SEGMENT_FRAMES, Scan, render, render_scan
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled
from backlot.engine.fingerprint import fingerprint


class Counted(Clip):
    """A small moving ramp that counts what is asked of it."""

    def __init__(self, frames=100, fail_at=None):
        fmt = ClipFormat(16, 8, Fraction(25), frames, 1, 8)
        super().__init__(fmt, fingerprint("counted", frames), audio=(AudioTrack(),))
        self.asked = []
        self.fail_at = fail_at

    def _render(self, index):
        if index == self.fail_at:
            raise RuntimeError("lost power")
        self.asked.append(index)
        return np.arange(128, dtype=np.uint8).reshape(8, 16) + np.uint8(index)


FORMATS = [(channels, bits) for channels in (1, 2, 3, 4) for bits in (8, 10, 12, 14, 15, 16, 32)]


@pytest.mark.parametrize(("channels", "bits"), FORMATS)
def test_frames_come_back_bit_for_bit(context, channels, bits):
    rng = np.random.default_rng(channels * 100 + bits)
    shape = (5, 9, 13) if channels == 1 else (5, 9, 13, channels)
    if bits == 32:
        frames = rng.normal(size=shape).astype(np.float32)
        frames.flat[:4] = (np.inf, -0.0, 1e-40, np.nan)
    else:
        frames = rng.integers(0, 1 << bits, shape).astype(np.uint8 if bits == 8 else np.uint16)
    made = render(ArrayClip(frames, Fraction(25), bits=bits), context, "matting", "rendering")
    for index in (0, 4, 2, 1, 3):
        assert made.frame(index).tobytes() == frames[index].tobytes()


def test_facts_sound_and_fingerprint_stay(context):
    source = Counted()
    made = render(source, context, "matting", "rendering")
    assert (made.format, made.fingerprint, made.audio) == (
        source.format,
        source.fingerprint,
        source.audio,
    )


def test_any_order_of_requests_gives_the_same_frames(context):
    made = render(Counted(), context, "matting", "rendering")
    reference = Counted()
    for index in np.random.default_rng(3).permutation(100):
        assert np.array_equal(made.frame(int(index)), reference.frame(int(index)))


def test_a_second_run_reads_nothing(context):
    render(Counted(), context, "matting", "rendering")
    again = Counted()
    made = render(again, context, "matting", "rendering")
    assert np.array_equal(made.frame(99), Counted().frame(99))
    assert again.asked == []


def test_a_stopped_run_goes_on_at_the_first_missing_segment(context):
    with pytest.raises(RuntimeError):
        render(Counted(fail_at=70), context, "matting", "rendering")
    again = Counted()
    render(again, context, "matting", "rendering")
    assert sorted(again.asked) == list(range(SEGMENT_FRAMES, 100))


def test_cancel_stops_and_leaves_whole_segments_only(context, tmp_path):
    seen = []
    cancelled = Context(
        store=context.store,
        progress=lambda *report: seen.append(report),
        is_cancelled=lambda: len(seen) >= 60,
    )
    with pytest.raises(Cancelled):
        render(Counted(), cancelled, "matting", "rendering")
    assert seen[-1] == ("matting", 60, 100, "rendering")
    files = [path.name for path in (tmp_path / "store").glob("*/*")]
    assert [name[:6] + name[-4:] for name in files] == ["000000.mkv"]


def test_progress_goes_on_where_the_first_run_ended(context):
    with pytest.raises(RuntimeError):
        render(Counted(fail_at=70), context, "matting", "rendering")
    seen = []
    render(Counted(), Context(context.store, lambda *r: seen.append(r[1])), "matting", "")
    assert seen == list(range(SEGMENT_FRAMES + 1, 101))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "deleted"])
def test_a_damaged_segment_is_computed_again(context, tmp_path, damage):
    render(Counted(), context, "matting", "rendering")
    path = next((tmp_path / "store").glob("*/000001.*.mkv"))
    content = bytearray(path.read_bytes())
    if damage == "deleted":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    fresh = Context(type(context.store)(context.store.folder))
    made = render(Counted(), fresh, "matting", "rendering")
    for index in range(100):
        assert np.array_equal(made.frame(index), Counted().frame(index))


def test_a_segment_damaged_while_the_clip_is_in_use_is_computed_again(context, tmp_path):
    source = Counted()
    made = render(source, context, "matting", "rendering")
    next((tmp_path / "store").glob("*/000001.*.mkv")).unlink()
    source.asked.clear()
    assert np.array_equal(made.frame(60), Counted().frame(60))
    assert set(source.asked) == set(range(SEGMENT_FRAMES, 96))


def test_damage_is_seen_without_the_index_too(context, tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (50, 64, 64), np.uint8)
    source = ArrayClip(noise, Fraction(25))
    render(source, context, "matting", "rendering")
    path = next((tmp_path / "store").glob("*/000000.*.mkv"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (tmp_path / "store" / "index.sqlite").unlink()
    made = render(source, Context(type(context.store)(context.store.folder)), "matting", "")
    assert all(np.array_equal(made.frame(index), noise[index]) for index in range(50))


class Running(Scan):
    """A decaying sum of frames: depends on every frame before."""

    def __init__(self, source):
        self.source, self.format, self.audio = source, source.format, source.audio
        self.fingerprint = fingerprint("running", source.fingerprint)
        self.steps = []

    def start(self):
        return {"sum": np.zeros((8, 16), np.float32), "count": np.int64(0)[()] + np.zeros((), int)}

    def step(self, index, frame, state):
        self.steps.append(index)
        total = state["sum"] * np.float32(0.9) + frame
        next_state = {"sum": total, "count": state["count"] + 1}
        return (total / total.max() * 255).astype(np.uint8), next_state


def scanned(made):
    return [made.frame(index).tobytes() for index in range(len(made))]


def test_a_scan_resumed_gives_the_same_bytes_and_repeats_one_segment_at_most(context, tmp_path):
    other = Context(type(context.store)(tmp_path / "other"))
    whole = scanned(render_scan(Running(Counted(200)), other, "matting", ""))
    with pytest.raises(RuntimeError):
        render_scan(Running(Counted(200, fail_at=130)), context, "matting", "")
    resumed = Running(Counted(200))
    assert scanned(render_scan(resumed, context, "matting", "")) != []
    # Counted(200, fail_at) has the same fingerprint, so its first two segments are found.
    assert resumed.steps == list(range(2 * SEGMENT_FRAMES, 200))
    assert scanned(render_scan(Running(Counted(200)), context, "matting", "")) == whole


@pytest.mark.parametrize("lost", ["000001.npz", "000002.mkv", "both"])
def test_a_scan_repairs_lost_parts_from_the_nearest_state(context, tmp_path, lost):
    whole = scanned(render_scan(Running(Counted(200)), context, "matting", ""))
    for path in (tmp_path / "store").glob("*/*"):
        name = path.name[:6] + path.name[-4:]
        if name == lost or (lost == "both" and name in ("000001.npz", "000002.mkv")):
            path.unlink()
    scan = Running(Counted(200))
    assert scanned(render_scan(scan, context, "matting", "")) == whole
    first = {"000001.npz": None, "000002.mkv": 96, "both": 48}[lost]
    assert scan.steps == ([] if first is None else list(range(first, 144)))


def test_rendering_an_operation_gives_the_operation(context):
    source = Counted()
    doubled = map_frames(lambda _, frame: frame // 2, [source], "halve/1")
    made = render(doubled, context, "matting", "")
    assert all(np.array_equal(made.frame(i), source.frame(i) // 2) for i in (0, 47, 48, 99))


def test_two_renders_of_one_clip_at_once_both_succeed(tmp_path):
    results, errors = [], []

    def work():
        try:
            store = Store(tmp_path)
            made = render_scan(Running(Counted(200)), Context(store), "matting", "")
            results.append(scanned(made))
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert len(results) == 3
    assert all(result == results[0] for result in results)


def test_a_clip_that_is_read_is_not_evicted(tmp_path):
    store = Store(tmp_path, limit_bytes=1)
    first = render(Counted(), Context(store), "matting", "")
    source = map_frames(lambda _, frame: frame // 2, [Counted()], "halve/1")
    second = render(source, Context(store), "matting", "")
    assert len(list(tmp_path.glob("*/*.mkv"))) == 6
    assert np.array_equal(first.frame(50), Counted().frame(50))
    del first, second
    gc.collect()
    store.clear()
    assert list(tmp_path.glob("*/*.mkv")) == []
