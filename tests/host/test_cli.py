from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from backlot.host import cli, models, pack

from .shelf import NODES, graph

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Return what writes a workflow of the small test nodes and gives its path."""
    monkeypatch.setattr(pack, "pack_nodes", lambda: list(NODES.values()))

    def write(**nodes):
        path = tmp_path / "shop.json"
        path.write_text(json.dumps(graph(**nodes)))
        return str(path)

    return write


def test_run_prints_what_output_nodes_show(shop, capsys):
    path = shop(a=("Pick", {"what": "a"}), z=("Show", {"source": ["a", 0]}))
    assert cli.main(["run", path, "--set", "a.text=bc", "--set", "Pick.what=b"]) == 0
    assert capsys.readouterr().out == "bbc\n"


def test_an_error_is_one_sentence_and_no_traceback(shop, capsys):
    path = shop(a=("Fail", {}), z=("Show", {"source": ["a", 0]}))
    assert cli.main(["run", path]) == 1
    said = capsys.readouterr().err
    assert said == "Error: node a (Fail): value must be cheerful, got gloom. Smile.\n"


def test_debug_shows_where_an_error_comes_from(shop, capsys):
    path = shop(a=("Fail", {}), z=("Show", {"source": ["a", 0]}))
    assert cli.main(["--debug", "run", path]) == 1
    assert "InputError" in capsys.readouterr().err


def test_cancelling_has_its_own_code(shop, capsys):
    path = shop(a=("Stop", {}), z=("Show", {"source": ["a", 0]}))
    assert cli.main(["run", path]) == 130
    assert "the next run continues" in capsys.readouterr().err


def test_wrong_usage_is_code_2(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["dance"])
    assert stop.value.code == 2


def test_the_first_ctrl_c_asks_and_the_second_ends():
    before = signal.getsignal(signal.SIGINT)
    with cli._cancel_on_signal() as cancelled:
        os.kill(os.getpid(), signal.SIGINT)
        assert cancelled.wait(5)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            cancelled.wait(5)
    assert signal.getsignal(signal.SIGINT) is before


def test_replace_refuses_a_missing_file(tmp_path, capsys):
    assert cli.main(["replace", "--video", str(tmp_path / "no.mp4")]) == 1
    assert "video must be an existing file" in capsys.readouterr().err


def test_nodes_are_listed(capsys):
    assert cli.main(["nodes"]) == 0
    assert "Load Clip" in capsys.readouterr().out


def test_the_folder_runs_as_a_program_under_any_name():
    done = subprocess.run(
        [sys.executable, str(ROOT), "doctor"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    for word in ("Python", "torch", "libx264 present", "store", "ComfyUI"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [["--quick"], ["--only", "matting", "suite"], ["--help"]])
def test_the_benchmarks_options_are_its_own(arguments):
    from backlot.host.cli import _parser

    assert _parser().parse_args(["bench", *arguments]).arguments == arguments


def test_models_are_listed_with_licence_size_and_place(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BACKLOT_MODELS", str(tmp_path))
    place = tmp_path / "depth-anything-v2-small"
    place.mkdir()
    for name in ("config.json", "model.safetensors"):
        (place / name).write_bytes(b"x")
    assert cli.main(["models"]) == 0
    said = capsys.readouterr().out
    assert f"in {place}" in said
    assert "not here; backlot models get siglip2-base-patch16-224" in said
    assert "Apache-2.0" in said and "1535 MB" in said


def test_a_model_that_is_here_is_not_fetched_again(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BACKLOT_MODELS", str(tmp_path))
    monkeypatch.setattr(models, "download_model", lambda *_: pytest.fail("asked the network"))
    place = tmp_path / "depth-anything-v2-small"
    place.mkdir()
    for name in ("config.json", "model.safetensors"):
        (place / name).write_bytes(b"x")
    assert cli.main(["models", "get", "depth-anything-v2-small"]) == 0
    assert f"depth-anything-v2-small is in {place}." in capsys.readouterr().out


def test_get_checks_every_name_before_it_fetches(monkeypatch, capsys):
    monkeypatch.setattr(models, "download_model", lambda *_: pytest.fail("asked the network"))
    assert cli.main(["models", "get", "depth-anything-v2-small", "no-such-net"]) == 1
    assert "Error: model must be one of" in capsys.readouterr().err
