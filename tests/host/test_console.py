from __future__ import annotations

import io

from backlot.host import console


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_bar_with_stage_percentage_and_remaining_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    screen = Screen()
    bar = console.ProgressBar(screen)
    now[0] += 10.0
    bar("matting", 250, 1000, "cutting out")
    assert screen.getvalue() == "\r[######..................]  25%, 0:30 left  matting: cutting out"
    bar.close()
    assert screen.getvalue().endswith("\r")


def test_elsewhere_there_is_a_line_every_ten_seconds(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    log = io.StringIO()
    bar = console.ProgressBar(log)
    for second in range(1, 26):
        now[0] = float(second)
        bar("", second, 100, "working")
    bar.close()
    assert log.getvalue() == "10%, 1:30 left  working\n20%, 1:20 left  working\n"


def test_durations_read_like_a_clock():
    assert [console.clock(s) for s in (0, 7.4, 67, 3727)] == ["0:00", "0:07", "1:07", "1:02:07"]
