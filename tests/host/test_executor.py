from __future__ import annotations

import pytest
from backlot.engine.errors import Cancelled
from backlot.host.executor import NodeError, run_workflow
from backlot.host.headless import Session

from .shelf import ADD, NODES, graph


def test_outputs_travel_along_the_links():
    workflow = graph(
        a=("Add", {"value": 3, "scale": 2.0, "more": 1}),
        b=("Add", {"value": ["a", 0]}),
        z=("Show", {"source": ["b", 0]}),
    )
    assert run_workflow(workflow, NODES, Session())["z"]["text"] == (107,)


def test_a_node_gets_what_its_schema_asks_for_on_a_clone():
    workflow = graph(a=("Add", {}), z=("Show", {"source": ["a", 0]}))
    assert run_workflow(workflow, NODES, Session())["z"]["asked"] == workflow
    assert NODES["Show"].hidden.prompt is None
    assert ADD.hidden.prompt is None


def test_coroutines_are_awaited():
    workflow = graph(a=("Later", {"value": 3}), z=("Show", {"source": ["a", 0]}))
    assert run_workflow(workflow, NODES, Session())["z"]["text"] == (4,)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Fail", r"node a \(Fail\): value must be cheerful, got gloom\. Smile\."),
        ("Crash", r"node a \(Crash\) failed with KeyError: 'inner'"),
    ],
)
def test_a_failure_names_the_node(kind, words):
    with pytest.raises(NodeError, match=words):
        run_workflow(graph(a=(kind, {}), z=("Show", {"source": ["a", 0]})), NODES, Session())


def test_cancelling_is_not_a_failure():
    workflow = graph(a=("Stop", {}), z=("Show", {"source": ["a", 0]}))
    with pytest.raises(Cancelled):
        run_workflow(workflow, NODES, Session())


def test_a_cancelled_session_runs_nothing():
    workflow = graph(a=("Crash", {}), z=("Show", {"source": ["a", 0]}))
    with pytest.raises(Cancelled):
        run_workflow(workflow, NODES, Session(is_cancelled=lambda: True))


def test_progress_rises_to_the_end():
    told = []
    workflow = graph(
        a=("Add", {}), b=("Add", {"value": ["a", 0]}), z=("Show", {"source": ["b", 0]})
    )
    session = Session(progress=lambda stage, done, total, message: told.append(done / total))
    run_workflow(workflow, NODES, session)
    assert told == sorted(told)
    assert told[-1] == 1.0
