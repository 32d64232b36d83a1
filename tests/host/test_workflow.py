from __future__ import annotations

import json

import pytest
from backlot.engine.errors import WorkflowError
from backlot.host import workflow as wf


@pytest.fixture
def shop():
    return {
        "1": {"class_type": "BacklotLoadClip", "inputs": {}, "_meta": {"title": "Load Clip"}},
        "2": {"class_type": "LoadImage", "inputs": {}, "_meta": {"title": "Background"}},
        "7": {"class_type": "LoadImage", "inputs": {}},
    }


def test_a_node_is_found_by_id_title_or_class(shop):
    assert wf.find_node(shop, "7") == "7"
    assert wf.find_node(shop, "load clip") == "1"
    assert wf.find_node(shop, "LoadClip") == "1"
    assert wf.find_node(shop, "BacklotLoadClip") == "1"


def test_an_ambiguous_name_lists_the_ids(shop):
    with pytest.raises(WorkflowError, match="2, 7"):
        wf.find_node(shop, "LoadImage")


def test_an_unknown_name_lists_the_nodes(shop):
    with pytest.raises(WorkflowError, match=r"1 \(Load Clip\), 2 \(Background\)"):
        wf.find_node(shop, "Shadow")


def test_settings_are_json_or_text_and_leave_the_original_alone(shop):
    changed = wf.with_settings(
        shop, ["Load Clip.path=a=b.mp4", "1.first_frame=12", "2.on=false", "2.name=12px"]
    )
    assert changed["1"]["inputs"] == {"path": "a=b.mp4", "first_frame": 12}
    assert changed["2"]["inputs"] == {"on": False, "name": "12px"}
    assert shop["1"]["inputs"] == {}


@pytest.mark.parametrize("setting", ["1.path", "path=1", ".path=1", "1.=1"])
def test_a_malformed_setting_is_explained(shop, setting):
    with pytest.raises(WorkflowError, match=r"node\.input=value"):
        wf.with_settings(shop, [setting])


def test_a_file_is_loaded_with_or_without_the_prompt_envelope(tmp_path, shop):
    plain, wrapped = tmp_path / "plain.json", tmp_path / "wrapped.json"
    plain.write_text(json.dumps(shop))
    wrapped.write_text(json.dumps({"prompt": shop}))
    assert wf.load_workflow(plain) == wf.load_workflow(wrapped) == shop


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ('{"nodes": [], "links": []}', "editor's format"),
        ("[]", "other JSON"),
        ("{}", "other JSON"),
        ('{"1": {"inputs": {}}}', "other JSON"),
    ],
)
def test_what_is_no_workflow_is_told_apart(tmp_path, content, words):
    path = tmp_path / "some.json"
    path.write_text(content)
    with pytest.raises(WorkflowError, match=words):
        wf.load_workflow(path)


def test_bundled_workflows_are_found_by_name():
    for path in wf.BUNDLED.glob("*.json"):
        assert wf.find_workflow(path.stem) == path
        assert wf.find_workflow(path.name) == path


def test_a_missing_workflow_names_the_bundled_ones():
    with pytest.raises(WorkflowError, match="replace_background"):
        wf.find_workflow("nowhere")
