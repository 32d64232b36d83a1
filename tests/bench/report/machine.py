"""What the figures depend on besides the code: commit, machine, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

_UNKNOWN = "unknown"
#: Fact -> distributions that may bring it.
_LIBRARIES = {
    "torch": ("torch",),
    "numpy": ("numpy",),
    "opencv": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "av": ("av",),
}


def facts(root: Path) -> dict[str, str | int | float]:
    """Return the facts; what cannot be found out is ``unknown``, or 0 where it is a number.

    Args:
        root: of the checkout.
    """
    return {
        "commit": _commit(root),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        **{fact: _version(names) for fact, names in _LIBRARIES.items()},
        "cpu": _cpu(),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
    }


def _commit(root: Path) -> str:
    commit = _say("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    if not commit:
        return _UNKNOWN
    # Without optional locks, a commit that is made meanwhile is not disturbed.
    changes = _say("git", "--no-optional-locks", "-C", str(root), "status", "--porcelain")
    return f"{commit}+" if changes else commit


def _say(*command: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, timeout=30, check=True)
        return done.stdout.decode(errors="replace").strip()
    return ""


def _version(names: tuple[str, ...]) -> str:
    """Ask the installation: importing torch for its version takes seconds."""
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return _UNKNOWN


def _cpu() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    mac = _say("sysctl", "-n", "machdep.cpu.brand_string")
    return mac or platform.processor() or platform.machine() or _UNKNOWN


def _cores() -> int:
    """Return the cores this process may use."""
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _memory_gib() -> float:
    with suppress(ImportError, OSError):
        import psutil

        return round(float(psutil.virtual_memory().total) / 2**30, 1)
    return 0.0
