import numpy as np
import pytest

from ..metrics.flow_epe import flow_epe


def test_mean_distance():
    truth = np.zeros((1, 2, 2, 2), np.float32)
    flow = truth.copy()
    flow[0, 0, 0] = 3, -4
    assert flow_epe(flow, truth) == pytest.approx(5 / 4)
    where = np.zeros((1, 2, 2), bool)
    where[0, 0] = True
    assert flow_epe(flow, truth, where) == pytest.approx(5 / 2)
    assert flow_epe(flow, truth, np.zeros_like(where)) == 0.0
