from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.light import LightingInfo, LightSample, shadow_direction
from backlot.engine.analysis.light.light_words import parse_light
from backlot.engine.analysis.light.written import WRITTEN_DEG, written_over


def found():
    way = (0.0, 0.6, 0.8)
    curve = tuple(LightSample(k, way, 6500.0, 0.4, 2.0, 0.3, 0.2, 50.0) for k in (0, 10))
    return LightingInfo(way, 6500.0, 0.4, 2.0, 0.3, shadow_direction(way), 0.2, "Hinted.", curve,
                        50.0, 0.1)  # fmt: skip


def test_what_is_written_counts_in_every_frame():
    told = written_over(found(), parse_light("right 30°, 3500 K, 0.5"))
    for light in (told, *told.curve):
        assert light.direction[0] > 0.5 and light.direction[1] == pytest.approx(0.5, abs=0.01)
        assert light.temperature_k == 3500 and light.intensity == pytest.approx(0.2)
        assert (light.confidence, light.direction_sigma_deg) == (1.0, WRITTEN_DEG)
    assert told.temperature_confidence == 1.0 and told.method.startswith("Written")
    np.testing.assert_allclose(told.shadow_direction, shadow_direction(told.direction))


def test_what_is_not_written_stays_as_it_was_found():
    light = found()
    assert written_over(light, parse_light("")) is light
    warm = written_over(light, parse_light("3000 K"))
    assert warm.direction == light.direction and warm.direction_sigma_deg == 50.0
    assert warm.temperature_k == 3000 and warm.intensity == light.intensity
