from __future__ import annotations

import pytest
from backlot.engine.errors import WorkflowError
from backlot.host.plan import Link, plan

from .shelf import NODES, graph


def shown(key):
    return ("Show", {"source": [key, 0]})


def test_every_step_comes_after_what_it_reads_and_the_rest_is_left_out():
    steps = plan(
        graph(
            z=shown("b"),
            a=("Add", {"value": 1}),
            b=("Add", {"value": ["a", 0]}),
            unused=("Add", {"value": ["a", 0]}),
        ),
        NODES,
    )
    assert [step.id for step in steps] == ["a", "b", "z"]
    assert steps[1].links == {"value": Link("a", 0)}


def test_required_inputs_take_their_default_and_optional_ones_stay_away():
    steps = plan(graph(a=("Add", {}), p=("Pick", {}), z=shown("a"), y=shown("p")), NODES)
    inputs = {step.id: step.inputs for step in steps}
    assert inputs["a"] == {"value": 1, "scale": 1.0}
    assert inputs["p"] == {"what": "a", "text": ""}


def test_values_are_cast_as_comfyui_casts_them():
    steps = plan(
        graph(
            a=("Add", {"value": "3", "scale": 2}),
            p=("Pick", {"text": 7}),
            z=shown("a"),
            y=shown("p"),
        ),
        NODES,
    )
    inputs = {step.id: step.inputs for step in steps}
    assert inputs["a"] == {"value": 3, "scale": 2.0}
    assert isinstance(inputs["a"]["scale"], float)
    assert inputs["p"]["text"] == "7"


def test_a_node_that_checks_an_input_itself_replaces_the_list_of_choices():
    assert plan(graph(u=("Upload", {"file": "x.mp4"}), z=shown("u")), NODES)
    with pytest.raises(WorkflowError, match=r"node u \(Upload\): file must be a video, got x\.png"):
        plan(graph(u=("Upload", {"file": "x.png"}), z=shown("u")), NODES)


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (graph(a=("Nowhere", {})), r"node a \(Nowhere\) .* class Nowhere"),
        (graph(a=("Add", {})), "writes or shows something"),
        (graph(z=("Show", {})), r"node z \(Show\): source must be given"),
        (graph(a=("Add", {"value": 11}), z=shown("a")), "between 0 and 10, got 11"),
        (graph(a=("Add", {"value": "x"}), z=shown("a")), r"value must be INT, got 'x'"),
        (graph(p=("Pick", {"what": "c"}), z=shown("p")), "one of a, b, got c"),
        (graph(z=("Show", {"source": ["q", 0]})), r"linked to an output of a node, got \['q', 0\]"),
        (graph(z=("Show", {"source": ["z"]})), "linked to an output"),
        (graph(a=("Add", {}), z=("Show", {"source": ["a", 1]})), "1 outputs of node a .* output 1"),
        (graph(p=("Pick", {}), a=("Add", {"value": ["p", 0]}), z=shown("a")), "INT, got STRING"),
        (
            graph(a=("Add", {"value": ["b", 0]}), b=("Add", {"value": ["a", 0]}), z=shown("b")),
            "circle, got node b .* -> node a .* -> node b",
        ),
    ],
)
def test_what_cannot_run_is_told_in_one_sentence(workflow, words):
    with pytest.raises(WorkflowError, match=words):
        plan(workflow, NODES)
