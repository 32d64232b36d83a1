import numpy as np
import pytest

from tests.bench import exact


def test_a_number_is_read_as_it_was_written():
    for number in (0, 1, 95, 170, 255):
        rows = [exact._bits(number), exact._bits(3), exact._bits(7), 255 - exact._bits(9)]
        shown = np.dstack([exact._squares(rows)] * 3)
        assert exact._numbers(shown) == (number, 3, 7, 9)


@pytest.mark.parametrize("name", ["display, 8 bit", "display, 8 bit, shadow", "display, 16 bit"])
def test_the_over_operation_is_rounded_and_no_more(name):
    assert exact._over_off(*exact._MIXES[name])["most"] <= 0.501


@pytest.mark.parametrize("name", exact._CLOCKS)
def test_layers_are_of_one_frame(name, tmp_path, monkeypatch):
    monkeypatch.setattr(exact, "COUNT", 40)
    monkeypatch.setattr(exact, "_ffmpeg_apart", lambda home: None)
    found = exact._apart(tmp_path / "one", exact._CLOCKS[name])
    assert found["composite"] == found["delivered"] == 0


def test_a_matte_that_is_a_frame_late_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(exact, "COUNT", 12)
    monkeypatch.setattr(exact, "_ffmpeg_apart", lambda home: None)
    late = exact._matte
    monkeypatch.setattr(exact, "_matte", lambda number: late(max(0, number - 1)))
    found = exact._apart(tmp_path / "one", exact._CLOCKS["30000/1001"])
    # Every frame but the first, in each of three orders.
    assert found["composite"] == 33
