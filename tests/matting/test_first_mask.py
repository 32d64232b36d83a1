from __future__ import annotations

import numpy as np
from backlot.engine.matting.first_mask import without_pinholes


def test_fills_eyes_but_not_the_gap_under_an_arm():
    mask = np.zeros((180, 320), bool)
    mask[40:160, 100:220] = True
    mask[60:66, 130:138] = False
    mask[100:150, 180:200] = False
    filled = without_pinholes(mask)
    assert filled[60:66, 130:138].all()
    assert not filled[100:150, 180:200].any()
    assert not filled[:30].any()
