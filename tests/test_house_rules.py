"""The few rules of the code that no tool checks: who imports whom, sizes, and manners."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACK = sorted(
    path for folder in ("engine", "host", "nodes") for path in (ROOT / folder).rglob("*.py")
)
ENGINE = [path for path in PACK if path.is_relative_to(ROOT / "engine")]
EVERY_FILE = [
    *PACK,
    *sorted((ROOT / "sample").glob("*.py")),
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted(ROOT.glob("*.py")),
]

COMFYUI = re.compile(r"comfy\w*|folder_paths|server|execution|nodes|app|latent_preview")

BASE = {"errors", "fingerprint", "color"}
STAGES = {"analysis", "matting", "background", "compositing", "quality"}
#: What each part of the engine may import besides itself.
ENGINE_LAYERS = {
    "": set(),
    "errors": set(),
    "fingerprint": {"errors"},
    "color": {"errors"},
    "clip": BASE,
    "context": {*BASE, "clip"},
    "media": {*BASE, "clip", "context"},
    "models": {*BASE, "context"},
    **{stage: {*BASE, "clip", "media", "context", "models"} for stage in STAGES},
    # Light and shape that analysis found, and glass that matting parted, are what it puts together.
    "compositing": {*BASE, "clip", "media", "context", "models", "analysis", "matting"},
}
#: The context is what the engine is handed, and holds the store; rendering to the store takes it.
ACROSS_LAYERS = {("engine.clip.render", "engine.context")}
#: The headless host runs the pack's own nodes; it is the one place that knows them.
KNOWS_NODES = {"host.pack"}

#: Raised and caught inside the store, which then computes the segment again.
INTERNAL_ERRORS = {"SegmentError"}


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def nodes_of(path, *kinds):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, kinds)]


def offences(paths, find):
    """Return what ``find`` returns for each path, by name, where it finds anything."""
    return {name_of(path): found for path in paths if (found := find(path))}


@functools.cache
def imports_of(path):
    """Return the modules of the pack that a file imports, and the absolute names it imports."""
    inside, outside = set(), set()
    for node in nodes_of(path, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            outside |= {alias.name for alias in node.names}
        elif not node.level:
            outside.add(node.module)
        else:
            base = path.relative_to(ROOT).parts[: -node.level]
            for alias in node.names:
                parts = [*base, *(node.module.split(".") if node.module else [])]
                longer = ".".join([*parts, alias.name])
                inside.add(longer if exists(longer) else ".".join(parts))
    return inside, outside


def exists(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def engine_part(name):
    return name.split(".")[1] if "." in name else ""


def test_pack_imports_itself_relatively():
    ours = {"backlot", "engine", "host"}

    def absolute(path):
        return {name for name in imports_of(path)[1] if name.split(".")[0] in ours}

    assert offences(PACK, absolute) == {}


def test_only_the_host_knows_comfyui():
    def known(path):
        return {n for n in imports_of(path)[1] if COMFYUI.fullmatch(n.split(".")[0])}

    outside_host = [path for path in PACK if not path.is_relative_to(ROOT / "host")]
    assert offences(outside_host, known) == {}
    assert offences(PACK, known), "the host is known to import ComfyUI: the search must find it"


def test_layers_point_one_way():
    order = ["engine", "host", "nodes"]

    def against(path):
        name = name_of(path)
        may = order[: order.index(name.split(".")[0]) + 1] + ["nodes"] * (name in KNOWS_NODES)
        return {other for other in imports_of(path)[0] if other.split(".")[0] not in may}

    assert offences(PACK, against) == {}


def test_engine_layers_point_one_way():
    def against(path):
        name = name_of(path)
        own = engine_part(name.removesuffix(".__init__"))
        may = {*ENGINE_LAYERS[own], own}
        others = {other for other in imports_of(path)[0] if engine_part(other) not in may}
        return {other for other in others if (name, other) not in ACROSS_LAYERS}

    assert offences(ENGINE, against) == {}


def test_modules_form_no_circle():
    # A package's __init__ lists its modules, which import the package's other modules.
    graph = {name_of(path): imports_of(path)[0] for path in PACK if path.name != "__init__.py"}
    known = {name: {o for o in others if o in graph} for name, others in graph.items()}
    assert set(TopologicalSorter(known).static_order()) == set(graph)


def test_engine_modules_say_what_they_do():
    assert offences(ENGINE, lambda path: not ast.get_docstring(tree_of(path))) == {}


def test_files_are_short():
    def lines(path):
        count = len(path.read_text(encoding="utf-8").splitlines())
        return count if count > 500 else None

    assert offences(EVERY_FILE, lines) == {}


def test_functions_are_short():
    def long(path):
        functions = nodes_of(path, ast.FunctionDef, ast.AsyncFunctionDef)
        return [node.name for node in functions if node.end_lineno - node.lineno >= 80]

    assert offences(EVERY_FILE, long) == {}


def test_nothing_is_swallowed():
    # contextlib.suppress names what is expected.
    def silent(path):
        return [
            node.lineno
            for node in nodes_of(path, ast.ExceptHandler)
            if node.type is None or all(isinstance(step, ast.Pass) for step in node.body)
        ]

    assert offences(PACK, silent) == {}


def test_only_the_command_line_prints():
    def printed(path):
        calls = nodes_of(path, ast.Call)
        return [call.lineno for call in calls if getattr(call.func, "id", "") == "print"]

    assert set(offences(PACK, printed)) == {"host.cli"}


def test_randomness_comes_from_generators():
    shared = re.compile(
        r"\bnp\.random\.(?!default_rng|Generator|PCG64|SeedSequence)\w+|\brandom\.seed"
        r"|\btorch\.(?:manual_seed|rand\w*)\b|\bcv2\.rand[un]\b"
    )
    sources = [*PACK, *(ROOT / "sample").glob("*.py")]
    assert offences(sources, lambda path: shared.findall(path.read_text("utf-8"))) == {}


def test_every_exception_is_in_the_tree():
    from backlot.engine import errors

    def drawn(kind, depth):
        """Yield (class, depth) in the order and with the indents of the docstring."""
        yield kind.__name__, depth
        ours = [one for one in vars(errors).values() if inspect.isclass(one)]
        for one in ours:
            if one.__bases__[0] is kind:
                yield from drawn(one, depth + 1)

    lines = re.findall(r"^( *)[*+-] (\w+)", errors.__doc__, re.M)
    assert [(name, len(indent) // 2) for indent, name in lines] == list(
        drawn(errors.BacklotError, 0)
    )


def test_exceptions_are_defined_in_one_place():
    def own(path):
        return [
            kind.name
            for kind in nodes_of(path, ast.ClassDef)
            if kind.name not in INTERNAL_ERRORS
            and ast.unparse(kind.bases[0] if kind.bases else kind).endswith(("Error", "Exception"))
        ]

    assert set(offences(ENGINE, own)) == {"engine.errors"}


IMPORT_QUIETLY = """
import importlib.util, os, pathlib, sys, threading

root = pathlib.Path(sys.argv[1])
allowed = []
for name in ("torch", "numpy", "cv2", "av", "PIL", "sqlite3", "asyncio"):
    __import__(name)
before = threading.active_count()
seen = []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and "w" in str(arguments[1] or ""):
        if not arguments[0].endswith(".pyc") and "__pycache__" not in arguments[0]:
            seen.append(("wrote", arguments[0]))
    elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system",
                   "os.mkdir", "shutil.rmtree", "os.remove", "sqlite3.connect"):
        if "__pycache__" not in str(arguments):
            seen.append((event, str(arguments)))

sys.addaudithook(watch)
spec = importlib.util.spec_from_file_location(
    "backlot", root / "__init__.py", submodule_search_locations=[str(root)]
)
pack = importlib.util.module_from_spec(spec)
sys.modules["backlot"] = pack
spec.loader.exec_module(pack)
import backlot.nodes
for path in sorted((root / "engine").rglob("*.py")):
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    importlib.import_module("backlot." + name.removesuffix(".__init__"))
assert threading.active_count() == before, threading.enumerate()
assert not seen, seen
"""


def test_importing_the_pack_only_imports(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_QUIETLY, str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_requirements_are_those_of_pyproject():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)[1]
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    assert re.findall(r'"([^"]+)"', block) == required


def test_every_package_is_installed():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^packages = \[(.*?)^\]", text, re.M | re.S)[1]
    folders = {"backlot"} | {
        "backlot." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in PACK
        if path.name == "__init__.py"
    }
    assert set(re.findall(r'"([^"]+)"', listed)) == folders
