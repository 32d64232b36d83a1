from __future__ import annotations

from backlot.host.overall import Overall
from backlot.host.plan import plan

from .shelf import NODES, graph


def test_several_passes_of_a_node_only_go_forward_and_stay_inside_its_share():
    steps = plan(graph(a=("Add", {}), z=("Show", {"source": ["a", 0]})), NODES)
    told = []
    overall = Overall(steps, lambda stage, done, total, message: told.append(done / total))
    report = overall.of(steps[0])
    for message in ("first", "second", "second"):
        for done in range(1, 5):
            report("matting", done, 4, message)
    inside = told[-1]
    overall.finish(steps[0])
    assert told == sorted(told)
    assert 0.005 < inside <= told[-1] < 1.0
    overall.finish(steps[1])
    assert told[-1] == 1.0
