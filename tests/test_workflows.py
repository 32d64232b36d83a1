"""The bundled workflows: both forms say the same, and they run headless from end to end."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from backlot.host.cli import main
from backlot.nodes import NODES

WORKFLOWS = Path(__file__).parents[1] / "workflows"
NAMES = sorted(path.stem for path in WORKFLOWS.glob("*.json"))
FRAMES, SIZE, RATE = 10, (192, 108), Fraction(30000, 1001)


def api_form(graph):
    """Return an editor graph as a prompt, the way the editor queues it."""
    sources = {link[0]: [str(link[1]), link[2]] for link in graph["links"]}
    prompt = {}
    for node in graph["nodes"]:
        values = iter(node.get("widgets_values", []))
        inputs = {}
        for socket in node["inputs"]:
            value = next(values) if "widget" in socket else None
            if value in ("fixed", "randomize"):  # what the editor adds after a seed
                value = next(values)
            if socket["link"] is not None:
                inputs[socket["name"]] = sources[socket["link"]]
            elif "widget" in socket and socket["type"] != "IMAGEUPLOAD":
                inputs[socket["name"]] = value
        prompt[str(node["id"])] = {
            "class_type": node["type"],
            "inputs": inputs,
            "_meta": {"title": node["title"]},
        }
    return prompt


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_say_the_same(name):
    graph = json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    prompt = json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8"))
    assert api_form(graph) == prompt


def test_every_input_is_one_the_node_has():
    known = {node.define_schema().node_id: node.define_schema() for node in NODES}
    for name in NAMES:
        prompt = json.loads((WORKFLOWS / "api" / f"{name}.json").read_text(encoding="utf-8"))
        for node in prompt.values():
            if node["class_type"] in known:
                sockets = {socket.id for socket in known[node["class_type"]].inputs}
                assert set(node["inputs"]) <= sockets
            else:
                assert node["class_type"] == "LoadImage"


@pytest.fixture
def footage(tmp_path):
    """A textured disc that moves over a textured ground, with sound, and a picture."""
    rng = np.random.default_rng(5)
    ground = cv2.resize(rng.integers(60, 130, (14, 24, 3), np.uint8), SIZE)
    with av.open(str(tmp_path / "clip.mp4"), "w") as file:
        video = file.add_stream("libx264", rate=RATE)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        sound = file.add_stream("aac", rate=48000, layout="mono")
        for index in range(FRAMES):
            frame = ground.copy()
            cv2.circle(frame, (80 + 2 * index, 58), 30, (220, 60, 40), -1, cv2.LINE_AA)
            file.mux(video.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(video.encode(None))
        tone = np.sin(np.arange(int(48000 * FRAMES / RATE)) / 20)[None].astype(np.float32) / 4
        samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        samples.sample_rate = 48000
        file.mux(sound.encode(samples))
        file.mux(sound.encode(None))
    picture = cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (320, 180))
    cv2.imwrite(str(tmp_path / "picture.png"), picture)
    return tmp_path


def replace(folder, output, monkeypatch, store):
    monkeypatch.setenv("BACKLOT_STORE", str(folder / store))
    arguments = ["--video", str(folder / "clip.mp4"), "--background", str(folder / "picture.png")]
    arguments += ["--box", "48,26,130,90", "--output", str(folder / output)]
    assert main(["replace", *arguments]) == 0


def decoded(path):
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])


def test_replaces_the_background(footage, monkeypatch, capsys):
    replace(footage, "out.mp4", monkeypatch, "store")
    result, source = decoded(footage / "out.mp4"), decoded(footage / "clip.mp4")
    picture = cv2.cvtColor(cv2.imread(str(footage / "picture.png")), cv2.COLOR_BGR2RGB)
    assert result.shape == source.shape
    with av.open(str(footage / "out.mp4")) as file:
        assert file.streams.video[0].average_rate == RATE
        assert file.streams.audio[0].codec.name == "aac"
    for index in (0, FRAMES - 1):
        inside = np.s_[50:66, 74 + 2 * index : 86 + 2 * index]
        corner = np.s_[4:30, 4:30]
        near = np.abs(result[index][inside].astype(float) - source[index][inside]).mean()
        far = np.abs(result[index][corner].astype(float) - source[index][corner]).mean()
        assert near < 25 < far
        shown = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
        assert np.abs(result[index][corner].astype(float) - shown[corner]).mean() < far / 2
    report = json.loads((footage / "out.json").read_text(encoding="utf-8"))
    assert len(report["quality"]["scores"]) == 6
    assert report["frames"] == FRAMES and report["fps"] == "30000/1001"
    assert (footage / "out.jpg").stat().st_size > 500
    printed = capsys.readouterr().out
    assert all(str(footage / f"out.{kind}") in printed for kind in ("mp4", "jpg", "json"))


def test_gives_the_same_file_from_an_empty_store(footage, monkeypatch):
    replace(footage, "out.mp4", monkeypatch, "store-one")
    first = (footage / "out.mp4").read_bytes()
    replace(footage, "out.mp4", monkeypatch, "store-two")
    assert (footage / "out.mp4").read_bytes() == first


@pytest.mark.parametrize(
    "option, value, says",
    [
        ("--video", "missing.mp4", "video must be an existing file"),
        ("--background", "missing.png", "background must be an existing file"),
        ("--box", "a box", "box"),
        ("--output", "out.avi", ".mp4"),
    ],
)
def test_says_what_is_wrong_in_one_sentence(footage, monkeypatch, capsys, option, value, says):
    monkeypatch.setenv("BACKLOT_STORE", str(footage / "store"))
    monkeypatch.chdir(footage)
    options = {"--video": "clip.mp4", "--background": "picture.png", "--output": "out.mp4"}
    options[option] = value
    code = main(["replace", *(word for pair in options.items() for word in pair)])
    said = capsys.readouterr().err
    assert code == 1 and says in said and "Traceback" not in said
