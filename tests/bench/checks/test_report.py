import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from .. import table as tables
from ..report import sheet
from ..report.as_json import write_json
from ..report.graph import line_graph
from ..report.machine import facts
from ..report.page import write_page
from ..report.progress import Progress
from ..report.terminal import table
from ..report.wording import figure
from ..table import CaseResult, Measure

MEASURES = [
    Measure("matting/MAD", "x1e3", goal=10),
    Measure("matting/overlap", "", higher=True, goal=0.9),
    Measure("compositing/halo", "codes", goal=0.5, rival="plain over"),
    Measure("compositing/light", "deg"),
]


def case(name="studio <1>", **more):
    result = CaseResult(name, tags=("hair", "a & b"), **more)
    result.add("matting/MAD", "ours", 12.345)
    result.add("matting/MAD", "chroma <key>", 24.69)
    result.add("matting/overlap", "ours", 0.95)
    result.add("compositing/halo", "ours", 1.0)
    result.add("compositing/halo", "plain over", 4.0)
    result.add("compositing/light", "ours", 1234.5)
    return result


def rows():
    return tables.rows(MEASURES, [case()])


def line(text, start):
    return next(one for one in text.splitlines() if one.startswith(start))


def test_table_says_what_failed_and_by_how_much():
    text = table(rows())
    assert line(text, "MAD").split()[:5] == ["MAD", "x1e3", "lower", "1", "12.3"]
    assert "24.7 (0.50x)" in line(text, "MAD")
    assert line(text, "MAD").endswith("<= 10   FAIL")
    assert line(text, "overlap").endswith(">= 0.9  pass")
    assert "<= 0.5 x plain over  pass" in line(text, "halo")
    assert line(text, "light").endswith("-")
    assert text.endswith("2 of 3 goals met, 1 missed, 1 measured without a verdict.")


def test_table_gives_each_stage_its_own_rivals():
    matting, compositing, _ = table(rows()).split("\n\n")
    assert "chroma <key>" in matting
    assert "plain over" not in matting
    assert "chroma <key>" not in compositing


def test_table_breaks_where_rivals_are_many():
    result = case()
    for at in range(20):
        result.add("matting/MAD", f"rival {at}", at + 1)
    text = table(tables.rows(MEASURES, [result]))
    assert max(map(len, text.splitlines())) <= 140
    assert re.findall(r"rival \d+", text) == sorted(f"rival {at}" for at in range(20))
    assert text.count("FAIL") == 1


def test_table_of_nothing():
    assert table([]) == "0 of 0 goals met, 0 measured without a verdict."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.012345, "0.0123"),
        (9.999, "10.0"),
        (123456, "123456"),
        (-2.5, "-2.50"),
        (1e-5, "1.00e-05"),
        (99.99, "100"),
        (5e6, "5.00e+06"),
        (float("nan"), "nan"),
    ],
)
def test_figures_have_three_digits(value, told):
    assert figure(value) == told


def test_json_round_trips(tmp_path):
    result = case(curves={"halo": {"ours": [1.0, np.float32(2.5), float("nan")]}})
    result.pictures["sheet"] = tmp_path / "pictures" / "a.png"
    path = write_json(tmp_path / "bench.json", rows(), [result, case("a")], {"commit": "abc"})
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["facts"] == {"commit": "abc"}
    assert found["rows"] == [row.to_json() for row in rows()]
    assert [one["name"] for one in found["cases"]] == ["a", "studio <1>"]
    assert found["cases"][1]["figures"] == result.figures
    assert found["cases"][1]["curves"]["halo"]["ours"] == [1.0, 2.5, None]
    assert found["cases"][1]["pictures"] == {"sheet": "pictures/a.png"}


def test_json_is_the_same_in_any_order_and_leaves_nothing_behind(tmp_path):
    one = write_json(tmp_path / "one.json", rows(), [case("a"), case("b")], {"x": 1, "y": 2})
    other = write_json(tmp_path / "two.json", rows(), [case("b"), case("a")], {"y": 2, "x": 1})
    assert one.read_bytes() == other.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, other]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = write_json(tmp_path / "one.json", rows(), [], {})
    before = path.read_bytes()

    def fail(*_):
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_json(path, [], [], {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_sheet_has_cells_labels_and_area_averages(tmp_path):
    ramp = np.zeros((120, 160, 3), np.uint8)
    ramp[:, ::2] = 200
    matte = np.full((120, 160), 0.5, np.float32)
    path = sheet.contact_sheet(
        tmp_path / "sheet.png", [[ramp, matte], [ramp, None]], ["source", "ours"], ["0", "9"], 80
    )
    found = cv2.imread(str(path))
    gap = sheet.GAP_PX
    assert found.shape == (
        sheet.LABEL_PX + 2 * (60 + gap),
        sheet.ROW_LABEL_PX + 2 * 80 + 3 * gap,
        3,
    )
    x, y = sheet.ROW_LABEL_PX + gap, sheet.LABEL_PX
    assert (found[y : y + 60, x : x + 80] == 100).all()
    assert (found[y : y + 60, x + 80 + gap : x + 160 + gap] == 128).all()
    labels = found[:y, x : x + 80]
    assert labels.max() > 150, "the column's label is drawn"
    assert found[y : y + 60, : sheet.ROW_LABEL_PX].max() > 150, "and the row's"


def test_sheet_enlarges_nothing_and_takes_any_shape(tmp_path):
    small, tall = np.zeros((10, 20), bool), np.ones((90, 30, 3), np.float32)
    path = sheet.contact_sheet(tmp_path / "sheet.png", [[small, tall]], ["a" * 99, "b"])
    gap = sheet.GAP_PX
    assert cv2.imread(str(path)).shape == (sheet.LABEL_PX + 90 + gap, 50 + 3 * gap, 3)


def test_sheet_refuses_rows_that_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match="2 pictures, got 1"):
        sheet.contact_sheet(tmp_path / "sheet.png", [[np.zeros((4, 4))]], ["a", "b"])


def test_error_of_a_picture_is_grey_and_of_a_matte_signed():
    truth = np.full((2, 2, 3), 0.5, np.float32)
    found = truth.copy()
    found[0, 0, 1] = 0.6
    np.testing.assert_allclose(sheet.error_x4(found, truth)[0, 0], 0.4, atol=1e-6)
    assert sheet.error_x4(found, truth)[1].max() == 0
    matte = sheet.error_x4(np.array([[0, 128, 255]], np.uint8), np.full((1, 3), 128, np.uint8))
    less, same, more = matte[0]
    assert less[2] > less[0]
    assert same.max() == 0
    assert more[0] > more[2]


def polylines(svg):
    return ET.fromstring(svg).findall(".//{*}polyline")


def test_graph_has_a_line_for_each_curve():
    svg = line_graph("halo <&>", {"ours": [1, 2, 3], "a & b": [3, 2.5], "c": [0, 0, 0]}, "codes")
    lines = polylines(svg)
    assert len(lines) == 3
    assert len({one.get("stroke") for one in lines}) == 3
    assert [len(one.get("points").split()) for one in lines] == [2, 3, 3]
    told = "".join(ET.fromstring(svg).itertext())
    assert "halo <&> [codes]" in told
    assert "a & b" in told


def test_graphs_agree_on_colours():
    one = line_graph("t", {"a": [1], "b": [1]}, "")
    other = line_graph("t", {"b": [1]}, "", ["a", "b"])
    assert polylines(other)[0].get("stroke") == polylines(one)[1].get("stroke")


def test_every_rival_looks_different():
    svg = line_graph("t", {f"rival {at}": [at] for at in range(12)}, "")
    looks = {(one.get("stroke"), one.get("stroke-dasharray")) for one in polylines(svg)}
    assert len(looks) == 12


def test_graph_leaves_gaps_and_bears_nothing():
    nan = float("nan")
    assert len(polylines(line_graph("t", {"ours": [1, nan, 2, 3]}, ""))) == 2
    for curves in ({}, {"ours": []}, {"ours": [nan]}):
        assert polylines(line_graph("t", curves, "")) == []
    for curve in (
        [5.0],
        [-3.0, -3.0],
        [1e-9, 2e-9],
        [0.97, 0.98],
        [1e7, 3e7],
        [-1, 7],
        [0.3, 0.1 * 3],
    ):
        points = polylines(line_graph("t", {"ours": curve}, ""))[0].get("points")
        heights = [float(one.split(",")[1]) for one in points.split()]
        assert all(30 <= y <= 210 for y in heights), curve


class Page(HTMLParser):
    """What a page refers to, and its text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.refers, self.words = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.refers += [found[key] for key in ("src", "href") if key in found]

    def handle_data(self, data):
        self.words.append(data)


def test_page_is_escaped_and_whole(tmp_path):
    result = case("<script>alert(1)</script>", notes=["5 < 6 & more"])
    result.curves["matting/MAD"] = {"ours": [1.0, 2.0], '"rival"': [2.0, 2.0]}
    result.pictures = {"a < b": tmp_path / "sheets" / "a b#1.png", "lost": tmp_path / "no.png"}
    result.videos = {"ours": tmp_path / "ours.mp4"}
    (tmp_path / "sheets").mkdir()
    for path in (result.pictures["a < b"], result.videos["ours"]):
        path.write_bytes(b"")
    path = write_page(tmp_path, rows(), [result, case()], {"commit": "<abc>"})
    page = Page(path)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert {"<script>alert(1)</script>", "5 < 6 & more", "<abc>"} <= set(page.words)
    files = [one for one in page.refers if not one.startswith(("#", "data:"))]
    assert files == ["sheets/a%20b%231.png", "sheets/a%20b%231.png", "ours.mp4"]
    assert "lost: no.png was not written." in page.words
    video = next(found for tag, found in page.tags if tag == "video")
    assert {"controls", "loop", "muted", "playsinline"} <= set(video)


def test_page_shows_verdicts_in_words_and_links_every_case(tmp_path):
    page = Page(write_page(tmp_path, rows(), [case("b"), case("a")], {}))
    assert page.words.count("FAIL") == 1
    assert page.words.count("pass") == 2
    assert [one for one in page.refers if one.startswith("#")] == ["#case-0", "#case-1"]
    ids = {found.get("id") for _, found in page.tags}
    assert {"case-0", "case-1", "find"} <= ids
    words = [found["data-words"] for _, found in page.tags if "data-words" in found]
    assert words == ["a studio hair a & b", "b studio hair a & b"] * 2


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_progress_tells_the_remaining_time_in_a_terminal():
    stream, clock = Terminal(), Clock()
    progress = Progress(4, stream, clock)
    progress.begin("a long name of a case")
    clock.now = 30
    progress.advance()
    progress.begin("b")
    last = stream.getvalue().split("\r")[-1]
    assert last.split() == ["[######..................]", "25%,", "1:30", "left", "b"]
    # The longer line before is drawn over.
    assert len(last) >= len(stream.getvalue().split("\r")[-2].rstrip())
    progress.close()
    assert stream.getvalue().endswith("\n")


def test_progress_writes_plain_lines_elsewhere():
    stream, clock = io.StringIO(), Clock()
    with Progress(2, stream, clock) as progress:
        progress.begin("a")
        clock.now = 3600
        progress.advance()
        progress.begin("b")
        progress.advance()
    assert stream.getvalue().splitlines() == [
        "0%  a",
        "50%, 1:00:00 left  b",
        "100% done in 1:00:00",
    ]


def test_facts_are_found_anywhere(tmp_path):
    found = facts(tmp_path)
    assert found["commit"] == "unknown"
    assert found["numpy"] == np.__version__
    assert found["cores"] >= 1
    assert found["cpu"]
    assert json.dumps(found)
