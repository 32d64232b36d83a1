import numpy as np
import pytest

from ..metrics.ciede2000 import ciede2000
from ..metrics.lab import to_lab

#: Sharma, Wu and Dalal 2005, table 1: L, a, b of both colours, and the difference.
PUBLISHED = np.array(
    [
        (50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425),
        (50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615),
        (50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412),
        (50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669),
        (50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461),
        (50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065),
        (50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492),
        (50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977),
        (50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030),
        (50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
        (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
        (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
        (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
        (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
        (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)


def test_published_pairs():
    found = ciede2000(PUBLISHED[:, :3], PUBLISHED[:, 3:6])
    np.testing.assert_allclose(found, PUBLISHED[:, 6], atol=5.1e-5)


def test_order_does_not_matter():
    found = ciede2000(PUBLISHED[:, 3:6], PUBLISHED[:, :3])
    np.testing.assert_allclose(found, PUBLISHED[:, 6], atol=5.1e-5)


def test_equal_colours_and_black_and_white():
    colours = PUBLISHED[:, :3].reshape(5, 6, 3)
    assert ciede2000(colours, colours).shape == (5, 6)
    assert not ciede2000(colours, colours).any()
    black, white = np.array([0.0, 0, 0]), np.array([100.0, 0, 0])
    assert ciede2000(black, white) == pytest.approx(100)


def test_lab_of_known_colours():
    colours = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0]], np.uint8)
    # Published values of sRGB's primaries under D65.
    expected = [(100, 0, 0), (0, 0, 0), (53.24, 80.09, 67.20), (87.73, -86.18, 83.18)]
    np.testing.assert_allclose(to_lab(colours), expected, atol=0.02)


def test_lab_and_difference_against_scikit_image():
    color = pytest.importorskip("skimage.color")
    one, other = np.random.default_rng(0).random((2, 20, 30, 3))
    lab, other_lab = to_lab(one.astype(np.float32)), to_lab(other.astype(np.float32))
    np.testing.assert_allclose(lab, color.rgb2lab(one), atol=1e-3)
    expected = color.deltaE_ciede2000(lab, other_lab)
    np.testing.assert_allclose(ciede2000(lab, other_lab), expected, rtol=1e-4, atol=1e-4)
