import numpy as np
import pytest

from ..faults import FAULTS
from ..faults.matrix import MOST_OTHER, make_matrix
from ..faults.scene import make_scene


@pytest.fixture(scope="module")
def scene():
    return make_scene()


@pytest.fixture(scope="module")
def matrix():
    pytest.importorskip("imageio_ffmpeg", reason="needs imageio-ffmpeg for CAMBI")
    return make_matrix()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_faults_spoil_what_they_say_and_repeat(fault, scene):
    what = scene.alpha if fault.of == "matte" else scene.frames
    given = (scene.alpha,) if fault.of == "rim" else ()
    before = what.copy()
    spoilt = [fault.apply(what, size, 3, *given) for size in (fault.sizes[0], fault.sizes[-1])]
    for one in spoilt:
        assert (one.shape, one.dtype) == (what.shape, np.float32)
        assert one.min() >= 0 and one.max() <= 1
    errors = [np.abs(one - what).mean() for one in spoilt]
    assert 0 < errors[0] < errors[1]
    np.testing.assert_array_equal(what, before)
    np.testing.assert_array_equal(fault.apply(what, fault.sizes[0], 3, *given), spoilt[0])


def test_the_scene_is_what_it_says(scene):
    from ..metrics.motion import fetch

    for t, flow in enumerate(scene.back_flow):
        change = scene.frames[t + 1] - fetch(scene.frames[t], flow)
        assert np.abs(change[scene.calm[t]]).mean() < 1 / 255
    assert scene.calm.mean() > 0.5
    np.testing.assert_allclose(scene.composite(scene.alpha), scene.frames)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_a_measure_grows_with_its_fault(matrix, name):
    course = matrix.own()[matrix.names.index(name)]
    assert (np.diff(course) > 0).all(), course


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_a_measure_leaves_other_faults_to_others(matrix, name):
    column = matrix.names.index(name)
    shares = dict(zip(matrix.names, matrix.shares()[:, column], strict=True))
    assert shares.pop(name) == pytest.approx(1.0)
    assert {other: share for other, share in shares.items() if share >= MOST_OTHER} == {}
