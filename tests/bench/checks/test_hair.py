import cv2
import numpy as np
import pytest

from ..metrics.hair import hair, strand_pixels


@pytest.fixture
def head():
    """A round head with ten strands of one pixel, far enough apart to be told apart."""
    alpha = np.zeros((120, 160), np.float32)
    cv2.circle(alpha, (80, 80), 30, 1.0, -1)
    for x in range(60, 100, 4):
        alpha[10:40, x] = 0.8
    return alpha


def test_strands_are_what_is_thin(head):
    strands = strand_pixels(head)
    assert strands[10:40, 60:100:4].all()
    assert np.count_nonzero(strands[:40]) == 10 * 30
    assert not strands[70:90].any()


def test_truth_is_perfect(head):
    found = hair(head, head)
    assert (found.recall, found.precision) == (1.0, 1.0)


def test_recall_is_the_share_kept(head):
    alpha = head.copy()
    alpha[10:40, 60:80:4] = 0.0
    alpha[10:40, 80:100:4] = 0.72
    strands = np.count_nonzero(strand_pixels(head))
    assert hair(alpha, head).recall == pytest.approx(1 - 5 * 30 / strands)


def test_precision_falls_with_invented_strands(head):
    alpha = head.copy()
    # In the middle between two strands: two pixels from each, beyond a strand's own flank.
    alpha[10:30, 62:98:4] = 0.8
    strands = np.count_nonzero(strand_pixels(head))
    assert hair(alpha, head).precision == pytest.approx(strands / (strands + 9 * 20))
    assert hair(alpha, head).recall == 1.0


def test_nothing_claimed_and_nothing_there(head):
    assert hair(np.zeros_like(head), head).precision == 0.0
    assert hair(head, np.zeros_like(head)) is None
