"""Runs Backlot without ComfyUI: makes an environment in .venv once, then starts the command line.

    python3 start.py                          replaces the background of the sample clip
    python3 start.py --video FILE --background PICTURE --output FILE [--box ...] [--points ...]
    python3 start.py test [pytest arguments]  runs the tests
    python3 start.py COMMAND ...              any command of Backlot: run, nodes, doctor, ...

Needs Python 3.10 or newer and nothing else. The first run installs requirements.txt into .venv,
in this folder. To use a Python that has them already, set BACKLOT_PYTHON to its path: nothing is
installed then.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "Python must be 3.10 or newer, got %d.%d. Install a newer one from "
        "https://www.python.org/downloads/ and run: python3.12 start.py" % sys.version_info[:2]
    )

import hashlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = [
    "pytest>=8.4",
    "pillow>=10.1",
    "transformers>=4.56,!=5.0.0",
    "onnxruntime>=1.17",
    "onnx>=1.16",
    "OpenEXR>=3.3",
]
CPU_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def main(arguments):
    """Start what ``arguments`` ask for, in an environment that has the requirements.

    Returns:
        The exit status: 0, or what the command ended with.
    """
    if arguments and arguments[0] in ("-h", "--help"):
        say(__doc__.strip())
        return 0
    testing = arguments[:1] == ["test"]
    chosen = os.environ.get("BACKLOT_PYTHON")
    python = check_chosen(chosen) if chosen else prepare(testing)
    if testing:
        os.chdir(str(ROOT))
    return hand_over(command_for(python, arguments))


def check_chosen(path):
    """Return the Python that the user has named, or stop with a sentence."""
    found = shutil.which(path)
    if found is None:
        stop("BACKLOT_PYTHON must be the path of a Python, got %r. Correct it or unset it." % path)
    return found


def prepare(testing):
    """Make .venv where it is missing and install what is not there yet; return its Python."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        if not works(python):
            make_environment()
        install(str(python), "requirements", ["-r", str(REQUIREMENTS)])
        if testing:
            install(str(python), "test-requirements", TEST_REQUIREMENTS)
    except PermissionError as error:
        stop(
            "%s must be a folder that you may write to: %s. Copy the project elsewhere, or set "
            "BACKLOT_PYTHON to a Python that has requirements.txt installed." % (ROOT, error)
        )
    except KeyboardInterrupt:
        stop("Stopped while installing. Run the same command again: it goes on from here.", 130)
    return str(python)


def works(python):
    """Whether ``python`` runs and has pip: an environment that was cut short does not."""
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 10))"
    return subprocess.call([str(python), "-c", probe], stderr=subprocess.DEVNULL) == 0


def make_environment():
    """Make an empty .venv, replacing what is left of one that does not work."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        stop(
            "Python's venv module must be installed, got a Python without it. On Debian and "
            "Ubuntu: sudo apt install python3-venv; then run the same command again."
        )
    say("Making an environment in %s" % VENV)
    status = subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if status != 0:
        if not os.access(str(ROOT), os.W_OK):
            raise PermissionError("it is read-only")
        stop("The environment could not be made: see the lines above. Delete .venv and try again.")


def install(python, what, packages):
    """Install ``packages`` with pip unless the stamp says that it was done for these already."""
    stamp = VENV / ("installed-%s" % what)
    wanted = fingerprint(packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if what == "requirements":
        torch = missing_torch(python)
        small = torch is not None and wants_cpu_torch()
        announce(small or torch is None or sys.platform != "linux")
        if small:
            # Where this step fails the next one simply gets PyPI's torch.
            subprocess.call(pip + ["--no-deps", "--index-url", CPU_TORCH_INDEX, torch])
    else:
        say("Installing %s" % ", ".join(packages))
    if subprocess.call(pip + packages) != 0:
        stop(why_it_failed())
    unfinished = stamp.with_suffix(".part")
    unfinished.write_text(wanted)
    unfinished.replace(stamp)


def required():
    """Return the lines of requirements.txt."""
    return REQUIREMENTS.read_text().split()


def fingerprint(packages):
    """Return a mark that changes with the requirements and with the Python that has them."""
    said = required() + [sys.version, str(VENV)] + packages
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def announce(small):
    """Say what is about to be installed and how large it is."""
    names = ", ".join(line.split(">")[0] for line in required())
    say(
        "First run: installing %s into .venv. Up to %s to download, once; it can take some "
        "minutes." % (names, "0.4 GB" if small else "3 GB")
    )


def wants_cpu_torch():
    """Whether torch's small CPU build is the right one and can be had.

    PyPI's torch for Linux brings 3 GB of CUDA; on other systems it is the small one.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return False
    if shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists():
        return False
    try:
        with urllib.request.urlopen(CPU_TORCH_INDEX + "/torch/", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def missing_torch(python):
    """Return requirements.txt's line for torch; None where the environment has one already."""
    lines = [line for line in required() if line.startswith("torch")]
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    if not lines or subprocess.call([python, "-c", probe]) == 0:
        return None
    return lines[0]


def why_it_failed():
    """Return the sentence for an installation that pip could not finish."""
    again = "run the same command again: it goes on where it stopped."
    try:
        socket.create_connection(("pypi.org", 443), timeout=5).close()
    except OSError:
        return (
            "The installation needs the network once, and pypi.org cannot be reached. Connect "
            "(or set PIP_INDEX_URL to your mirror) and " + again
        )
    return "The installation failed: pip's lines above say why. Put that right and " + again


def command_for(python, arguments):
    """Return the command that does what ``arguments`` ask for."""
    if arguments[:1] == ["test"]:
        # A later -m among the arguments takes the place of this one.
        return [python, "-m", "pytest", "-m", "not slow"] + arguments[1:]
    command = [python, str(ROOT)]
    if "--debug" in arguments:
        command.append("--debug")  # belongs before the name of the command
    rest = [argument for argument in arguments if argument != "--debug"]
    if not rest or rest[0].startswith("-"):
        command.append("replace")
    return command + rest


def hand_over(command):
    """Become ``command``; where a process cannot, run it and return its exit status."""
    if os.name == "posix":
        # The same process goes on, so that a signal reaches the work itself.
        os.execv(command[0], command)
    running = subprocess.Popen(command)
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:
            continue  # the child was told as well and ends by itself


def say(sentence):
    """Write ``sentence`` at once, so that it stands above what pip writes."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def stop(sentence, status=1):
    """End with ``sentence`` on standard error."""
    sys.stdout.flush()
    sys.stderr.write(sentence + "\n")
    sys.exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
