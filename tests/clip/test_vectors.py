from __future__ import annotations

import numpy as np
from backlot.engine.clip.vectors import norm


def test_a_norm_has_the_same_bits_wherever_it_lies_in_memory():
    rng = np.random.default_rng(0)
    across, down = rng.standard_normal((2, 270, 480)).astype(np.float32)
    wanted = norm(across, down)
    np.testing.assert_allclose(wanted, np.hypot(across, down), rtol=1e-6)
    for start in range(16):
        room = np.empty((2, across.size + 16), np.float32)
        moved = room[:, start : start + across.size].reshape(2, *across.shape)
        moved[0], moved[1] = across, down
        assert (norm(*moved) == wanted).all()
