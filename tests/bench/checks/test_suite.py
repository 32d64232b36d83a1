"""The benchmark runs end to end: a case is drawn, replaced, scored and reported."""

from __future__ import annotations

import json
import math
from unittest.mock import MagicMock

import pytest

from tests.bench import suite
from tests.bench.history import remember
from tests.bench.report.as_json import write_json
from tests.bench.report.page import write_page
from tests.bench.report.terminal import table
from tests.bench.rivals import closed_form, knn
from tests.bench.score.places import middles, runs
from tests.bench.table import OURS, CaseResult, Measure, rows

STAGES = (
    "matting", "camera", "light", "subject", "depth", "scene", "background", "delivery", "answer",
    "quality", "edge", "steadiness", "texture", "colour",
)  # fmt: skip


def test_a_case_is_scored_in_every_stage(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKLOT_STORE", str(tmp_path / "store"))  # is restored afterwards
    monkeypatch.setattr(suite, "QUICK_SIZE", (192, 108, 6))
    # They compile for most of a minute, where they are installed.
    for rival in (closed_form, knn):
        monkeypatch.setattr(rival, "available", lambda: False)
    results = suite.run_suite(tmp_path, names=["talk_room"], only="", quick=True)
    assert [result.notes for result in results] == [[]]
    found = rows(suite.MEASURES, results)
    # A fringe is only looked for where one would show.
    assert {row.measure.stage.partition(",")[0] for row in found} - {"fringe"} == set(STAGES)
    assert all(math.isfinite(row.figures[OURS]) for row in found if OURS in row.figures)
    figures = {row.measure.name: row for row in found}
    assert figures["matting/MAD"].figures[OURS] < 60
    assert set(figures["matting/MAD"].ratios) >= {"GrabCut", "GrabCut + guided"}
    assert figures["delivery/frames off"].figures[OURS] == 0
    page = write_page(tmp_path, found, results, {"commit": "none", "date": "2026-01-01"})
    assert "talk_room" in page.read_text(encoding="utf-8")
    assert (tmp_path / "sheets" / "talk_room-composite.png").is_file()
    assert "MAD" in table(found)
    report = write_json(tmp_path / "report.json", found, results, {})
    assert json.loads(report.read_text(encoding="utf-8"))["rows"]


def test_what_fails_is_noted_and_the_others_count(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ValueError("no such thing")

    monkeypatch.setattr(suite, "_draw", broken)
    results = suite.run_suite(tmp_path, names=["talk_room", "two_cross"], only="", quick=False)
    assert len(results) == 2
    assert all("no such thing" in result.notes[0] for result in results)


def test_a_stage_that_fails_leaves_the_others(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no such thing")

    for name in ("_draw", "_run", "load_case", "prompt_box", "_begin_to_draw"):
        monkeypatch.setattr(suite, name, MagicMock())
    monkeypatch.setattr(suite, "_sheets", lambda *_: ())
    for stage in suite.STAGES:
        monkeypatch.setattr(getattr(suite, stage), "score", lambda *_: {})
    monkeypatch.setattr(suite.matting, "score", broken)
    monkeypatch.setattr(suite.delivery, "score", lambda result, *_: result.add("x", OURS, 1.0))
    (result,) = suite.run_suite(tmp_path, names=["talk_room"], only="", quick=False)
    assert "no such thing" in result.notes[0]
    assert result.figures == {"x": {OURS: 1.0}}


def test_runs_stay_inside_a_shot():
    assert runs(12) == [[1, 2, 3], [3, 4, 5], [6, 7, 8], [8, 9, 10]]
    assert all(not run[0] < 6 <= run[-1] for run in runs(12, (6,)))
    assert middles(3) == [1]
    assert runs(2) == [[0, 1]]


def results_of(*figures):
    made = []
    for number, values in enumerate(figures):
        result = CaseResult(f"case{number}")
        for who, value in values.items():
            result.add("a/b", who, value)
        made.append(result)
    return made


def test_a_ratio_is_of_the_cases_both_were_measured_on():
    found = rows([Measure("a/b")], results_of({OURS: 2.0, "x": 4.0}, {OURS: 100.0}))
    assert found[0].figures == {OURS: 51.0, "x": 4.0}
    assert found[0].ratios == {"x": 0.5}
    assert found[0].passed is None


def test_a_rival_of_few_frames_is_compared_on_those():
    results = results_of({OURS: 2.0, "x": 4.0})
    results[0].pairs["a/b"] = {"x": (1.0, 4.0)}
    assert rows([Measure("a/b")], results)[0].ratios == {"x": 0.25}


def test_an_unknown_case_is_refused(tmp_path):
    with pytest.raises(ValueError, match="talk_room"):
        suite.run_suite(tmp_path, names=["tlak_room"], only="", quick=False)


def test_the_worst_case_is_told_by_name():
    results = results_of({OURS: 0.4}, {OURS: 1.2}, {"x": 9.0})
    (row,) = rows([Measure("a/b", goal=1.05, worst=True)], results)
    assert (row.figures[OURS], row.worst, row.passed) == (1.2, "case1", False)
    assert "FAIL: case1" in table([row])
    (row,) = rows([Measure("a/b", goal=0.3, worst=True, higher=True)], results)
    assert (row.figures[OURS], row.worst, row.passed) == (0.4, "case0", True)
    (row,) = rows([Measure("a/b", goal=1.05)], results)
    assert row.worst == "" and row.passed


def test_goals_are_met_or_missed():
    results = results_of({OURS: 2.0, "x": 4.0})
    for measure, passed in (
        (Measure("a/b", goal=2.0), True),
        (Measure("a/b", goal=1.9), False),
        (Measure("a/b", goal=1.9, higher=True), True),
        (Measure("a/b", goal=0.5, rival="x"), True),
        (Measure("a/b", goal=0.4, rival="x"), False),
        (Measure("a/b", goal=0.4, rival="nobody"), None),
    ):
        assert rows([measure], results)[0].passed is passed


def test_history_keeps_the_newest_first(tmp_path):
    path = tmp_path / "HISTORY.md"
    found = rows([Measure("matting/MAD")], results_of({OURS: 1.0}))
    for day in ("2026-01-01", "2026-01-02"):
        remember(found, {"date": f"{day}T10:00", "commit": "abc"}, 1, path)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "abc" in line]
    assert [line[2:12] for line in lines] == ["2026-01-02", "2026-01-01"]
