import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module whose environment would be made in an empty folder."""
    spec = importlib.util.spec_from_file_location("backlot_start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.delenv("BACKLOT_PYTHON", raising=False)
    return module


def run(folder, *arguments, **environment):
    known = {k: v for k, v in os.environ.items() if k != "BACKLOT_PYTHON"}
    return subprocess.run(
        [sys.executable, str(folder / "start.py"), *arguments],
        env={**known, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_source_can_be_read_by_old_pythons():
    source = (ROOT / "start.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 4))
    kinds = {type(node) for node in ast.walk(tree)}
    assert not kinds & {ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Starred}
    assert "from __future__" not in source


def test_old_python_is_told_in_one_sentence():
    program = (
        "import sys; sys.version_info = (3, 8, 2, 'final', 0);"
        f"exec(compile(open({str(ROOT / 'start.py')!r}).read(), 'start.py', 'exec'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Python must be 3.10 or newer, got 3.8.")
    assert len(done.stderr.splitlines()) == 1


def test_help_installs_nothing(tmp_path):
    shutil.copy(ROOT / "start.py", tmp_path)
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert "start.py test" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["start.py"]


def test_chosen_python_runs_the_command_line():
    done = run(ROOT, "nodes", BACKLOT_PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr
    assert "Load Clip" in done.stdout


def test_chosen_python_that_is_not_there_is_named():
    done = run(ROOT, "nodes", BACKLOT_PYTHON="/nowhere/python")
    assert done.returncode == 1
    assert "/nowhere/python" in done.stderr
    assert "Traceback" not in done.stderr


def test_options_alone_mean_replace(start):
    root = str(ROOT)
    assert start.command_for("py", []) == ["py", root, "replace"]
    assert start.command_for("py", ["--box", "1,2,3,4"]) == [
        "py",
        root,
        "replace",
        "--box",
        "1,2,3,4",
    ]
    assert start.command_for("py", ["doctor"]) == ["py", root, "doctor"]


def test_debug_stands_before_the_command(start):
    root = str(ROOT)
    assert start.command_for("py", ["--debug"]) == ["py", root, "--debug", "replace"]
    assert start.command_for("py", ["run", "a", "--debug"]) == ["py", root, "--debug", "run", "a"]


def test_test_arguments_reach_pytest_after_the_default_choice(start):
    command = start.command_for("py", ["test", "-m", "slow", "tests/clip"])
    assert command == ["py", "-m", "pytest", "-m", "not slow", "-m", "slow", "tests/clip"]


def test_test_requirements_are_those_of_pyproject(start):
    line = re.search(r"^test = \[(.*?)\]$", (ROOT / "pyproject.toml").read_text(), re.M | re.S)
    assert re.findall(r'"([^"]+)"', line[1]) == start.TEST_REQUIREMENTS


def test_failed_installation_without_network_is_one_sentence_and_not_stamped(
    start, monkeypatch, capsys
):
    def unreachable(*_args, **_kwargs):
        raise OSError("no network")

    start.VENV.mkdir()
    monkeypatch.setattr(start.subprocess, "call", lambda command, **_: 1)
    monkeypatch.setattr(start.socket, "create_connection", unreachable)
    monkeypatch.setattr(start.urllib.request, "urlopen", unreachable)
    with pytest.raises(SystemExit) as ended:
        start.install("python", "requirements", ["-r", str(ROOT / "requirements.txt")])
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "pypi.org cannot be reached" in said.err
    assert "First run: installing torch, numpy, opencv-python, av, pillow" in said.out
    assert list(start.VENV.iterdir()) == []


def test_installation_happens_once_for_the_same_requirements(start, monkeypatch, tmp_path):
    asked = []
    start.VENV.mkdir()
    monkeypatch.setattr(start, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(start.subprocess, "call", lambda command, **_: asked.append(command) or 0)
    for text in ("av>=14.2\n", "av>=14.2\n", "av>=15\n"):
        start.REQUIREMENTS.write_text(text)
        start.install("python", "requirements", ["-r", str(start.REQUIREMENTS)])
    assert len(asked) == 2
    assert [path.name for path in start.VENV.iterdir()] == ["installed-requirements"]


def test_python_without_venv_is_told_what_to_install(start, monkeypatch, capsys):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        start.make_environment()
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_environment_that_was_cut_short_is_made_again(start, tmp_path):
    broken = tmp_path / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    assert not start.works(broken)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert not start.works(broken)
    assert start.works(Path(sys.executable))


def test_clone_in_a_folder_with_spaces_makes_its_environment_once(tmp_path):
    clone = tmp_path / "a clone, with spaces"
    clone.mkdir()
    shutil.copy(ROOT / "start.py", clone)
    # pip is in every new environment, so that this needs no network.
    (clone / "requirements.txt").write_text("pip\n")
    (clone / "__main__.py").write_text("import sys; print(sys.prefix, *sys.argv[1:], sep='|')\n")
    first = run(clone, "--video", "a b.mp4", PIP_NO_INDEX="1")
    assert first.returncode == 0, first.stderr
    assert "First run: installing pip" in first.stdout
    assert first.stdout.splitlines()[-1] == f"{clone / '.venv'}|replace|--video|a b.mp4"
    second = run(clone, "doctor", PIP_NO_INDEX="1")
    assert second.stdout == f"{clone / '.venv'}|doctor\n"
