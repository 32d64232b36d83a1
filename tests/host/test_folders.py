from __future__ import annotations

import pytest
from backlot.engine.errors import InputError
from backlot.host import folders
from backlot.host.headless import Session, running


@pytest.fixture
def place(tmp_path):
    session = Session(input=tmp_path / "in", output=tmp_path / "out")
    session.input.mkdir()
    with running(session):
        yield tmp_path


def test_inputs_are_found_by_name_place_or_path(place):
    (place / "in" / "a.mp4").touch()
    (place / "out").mkdir()
    (place / "out" / "b.mp4").touch()
    assert folders.resolve_input("a.mp4") == place / "in" / "a.mp4"
    assert folders.resolve_input(' "a.mp4" ') == place / "in" / "a.mp4"
    assert folders.resolve_input("a.mp4 [input]") == place / "in" / "a.mp4"
    assert folders.resolve_input("b.mp4 [output]") == place / "out" / "b.mp4"
    assert folders.resolve_input(str(place / "out" / "b.mp4")) == place / "out" / "b.mp4"
    assert folders.input_exists("a.mp4")
    assert not folders.input_exists("b.mp4")


@pytest.mark.parametrize(
    ("name", "words"), [("", "empty name"), ("no.mp4", "was not found in"), (".", "the folder")]
)
def test_missing_inputs_say_where_they_were_looked_for(place, name, words):
    with pytest.raises(InputError, match=words):
        folders.resolve_input(name)


def test_inside_comfyui_a_name_cannot_leave_its_folder(place, monkeypatch):
    (place / "secret.mp4").touch()
    assert folders.input_exists("../secret.mp4")
    monkeypatch.setattr(folders, "HEADLESS", False)
    with pytest.raises(InputError, match="must lie in"):
        folders.resolve_input("../secret.mp4")


def test_output_files_are_counted_on(place):
    first = folders.output_path("shots/door", ".mp4")
    assert first == place / "out" / "shots" / "door_00001_.mp4"
    first.touch()
    first.with_name("door_00007_.jpg").touch()
    first.with_name("doorway_00050_.mp4").touch()
    assert folders.output_path("shots/door", ".mp4").name == "door_00008_.mp4"


@pytest.mark.parametrize("prefix", ["../x", "a/../../x", "..", "/etc/x"])
def test_outputs_stay_in_the_output_folder(place, prefix):
    with pytest.raises(InputError, match="must stay inside"):
        folders.output_path(prefix, ".mp4")


def test_a_date_in_the_prefix_is_filled_in(place):
    name = folders.output_path("%year%-%month%-%day%/x", ".mp4").parent.name
    assert len(name) == 10 and name.replace("-", "").isdigit()
