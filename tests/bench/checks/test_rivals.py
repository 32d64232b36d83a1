import warnings

import cv2
import numpy as np
import pytest
import torch

from .. import rivals
from ..metrics.lab import to_lab
from ..rivals import camera_orb, camera_sift, closed_form, foreground_ml, grabcut_guided, knn, rvm
from ..rivals.deflicker_ffmpeg import deflicker_ffmpeg
from ..rivals.grabcut import grabcut
from ..rivals.ken_burns import ken_burns, ken_burns_steps
from ..rivals.plain_over import plain_over
from ..rivals.reinhard import reinhard, transfer
from ..rivals.trimap import is_solvable, trimap

BOX = (20, 12, 76, 60)


def soft_disc(height=72, width=96, radius=20.0, ramp=4.0):
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = np.hypot(x - width / 2, y - height / 2)
    return np.clip((radius - away) / ramp + 0.5, 0.0, 1.0)


def picture(height, width, seed=0, sigma=1.5):
    """Return texture of uint8 grey with corners at every scale."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.random((height // s, width // s), np.float32), (width, height))
        for s in (1, 4, 12)
    ]
    blurred = cv2.GaussianBlur(np.mean(layers, axis=0), (0, 0), sigma)
    return np.round(255.0 * cv2.normalize(blurred, None, 0.0, 1.0, cv2.NORM_MINMAX)).astype("u1")


@pytest.fixture
def alpha():
    return soft_disc()


@pytest.fixture
def frame(alpha):
    """Return an orange disc on a blue wall with a little noise, uint8."""
    subject = np.full((*alpha.shape, 3), (0.8, 0.5, 0.2), np.float32)
    wall = np.full_like(subject, (0.2, 0.3, 0.6))
    noise = np.random.default_rng(1).normal(0.0, 0.01, wall.shape)
    return np.round(255.0 * np.clip(plain_over(subject, alpha, wall) + noise, 0, 1)).astype("u1")


def test_grabcut_finds_the_disc_in_its_box(frame, alpha):
    found = grabcut(frame, BOX)
    assert found.dtype == np.float32
    assert set(np.unique(found)) == {0.0, 1.0}
    # Mixed colours are like nothing that stands outside the box, so it takes the whole soft edge.
    assert found[alpha == 1.0].all()
    assert found[alpha == 0.0].mean() < 0.005
    np.testing.assert_array_equal(found, grabcut(frame, BOX))


def test_grabcut_bears_any_box(frame):
    assert not grabcut(frame, (30, 30, 30, 60)).any()
    assert not grabcut(frame, (200, 200, 300, 300)).any()
    assert grabcut(frame, (-5, -5, 500, 500)).shape == frame.shape[:2]


def test_guided_is_softer_and_nearer(frame, alpha):
    hard, soft = grabcut(frame, BOX), grabcut_guided.grabcut_guided(frame, BOX)
    assert soft.dtype == np.float32
    assert ((soft > 0.05) & (soft < 0.95)).sum() > 100
    assert np.abs(soft - alpha).mean() < np.abs(hard - alpha).mean()


def test_guided_filter_of_itself_is_linear():
    # Where the matte is a linear function of the guide, the filter returns it.
    guide = np.tile(np.linspace(0.0, 1.0, 64, dtype=np.float32), (48, 1))
    found = grabcut_guided.guided(guide, 1.0 - guide, epsilon=1e-9)
    np.testing.assert_allclose(found, 1.0 - guide, atol=1e-4)


def test_trimap_by_hand():
    truth = np.array([[0, 0, 0, 0.4, 1, 1, 1, 1]], np.float32)
    expected = np.array([[0, 0, 0.5, 0.5, 0.5, 1, 1, 1]], np.float32)
    np.testing.assert_array_equal(trimap(truth, radius_px=1), expected)
    assert trimap(truth).dtype == np.float32
    assert is_solvable(expected)
    assert not is_solvable(trimap(truth))


@pytest.mark.parametrize(
    ("module", "name", "limit"), [(closed_form, "closed_form", 0.01), (knn, "knn", 0.02)]
)
def test_mattes_from_a_trimap(module, name, limit, frame, alpha):
    pytest.importorskip("pymatting")
    assert module.available()
    known = trimap(alpha, radius_px=4)
    found = getattr(module, name)(frame, known)
    assert found.dtype == np.float32
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    np.testing.assert_array_equal(found[known == 1.0], 1.0)
    np.testing.assert_array_equal(found[known == 0.0], 0.0)
    assert np.abs(found - alpha).mean() < limit < np.abs(known - alpha).mean()


@pytest.mark.parametrize("solve", [closed_form.closed_form, knn.knn])
def test_nothing_to_solve_is_no_error(solve, frame):
    nobody = np.zeros(frame.shape[:2], np.float32)
    np.testing.assert_array_equal(solve(frame, nobody), nobody)


def test_foreground_keeps_the_wall_out(frame, alpha):
    pytest.importorskip("pymatting")
    found = foreground_ml.foreground_ml(frame / np.float32(255.0), alpha)
    assert found.dtype == np.float32
    edge = (alpha > 0.1) & (alpha < 0.9)
    np.testing.assert_allclose(found[edge].mean(axis=0), (0.8, 0.5, 0.2), atol=0.05)


def test_plain_over_by_hand():
    alpha = np.array([[0.0, 0.25, 1.0]])
    over = plain_over(np.full((1, 3, 3), 0.8), alpha, np.full((1, 3, 3), 0.4))
    assert over.dtype == np.float32
    np.testing.assert_allclose(over[0, :, 0], [0.4, 0.5, 0.8], rtol=1e-6)


def test_reinhard_brings_means_and_spreads_together(alpha):
    rng = np.random.default_rng(2)
    frame = rng.normal((0.6, 0.5, 0.4), 0.03, (*alpha.shape, 3)).astype(np.float32)
    plate = rng.normal((0.4, 0.5, 0.55), 0.06, frame.shape).astype(np.float32)
    # What is not the subject must not count.
    frame[alpha == 0.0] = (0.1, 0.2, 0.1)
    weights = alpha.ravel() / alpha.sum()
    found, wanted = to_lab(transfer(frame, alpha, plate)).reshape(-1, 3), to_lab(plate)
    mean = weights @ found
    np.testing.assert_allclose(mean, wanted.mean(axis=(0, 1)), atol=0.2)
    spread = np.sqrt(weights @ (found - mean) ** 2)
    np.testing.assert_allclose(spread, wanted.std(axis=(0, 1)), rtol=0.03)


def test_reinhard_of_a_clip_takes_each_frame_by_itself(frame, alpha):
    frames = np.stack([frame, frame[::-1]]) / np.float32(255.0)
    plates = np.stack([frames[1] * 0.5, frames[0]])
    mattes = np.stack([alpha, alpha])
    clip = reinhard(frames, mattes, plates)
    assert clip.dtype == np.float32
    np.testing.assert_array_equal(clip[1], reinhard(frames[1], mattes[1], plates[1]))
    plain = plain_over(frames, mattes, plates)
    np.testing.assert_array_equal(reinhard(frames, mattes, plates, strength=0.0), plain)
    np.testing.assert_array_equal(clip[:, :5], plates[:, :5])
    nobody = np.zeros_like(mattes)
    np.testing.assert_array_equal(reinhard(frames, nobody, plates), plates)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_ken_burns_does_what_it_says(kind):
    still = cv2.cvtColor(picture(100, 200, sigma=3.0), cv2.COLOR_GRAY2RGB)
    still = still if kind == np.uint8 else still / np.float32(255.0)
    clip = ken_burns(still, 4, (120, 80), zoom_per_frame=0.02)
    steps = ken_burns_steps((200, 100), 4, (120, 80), zoom_per_frame=0.02)
    assert clip.shape == (4, 80, 120, 3)
    assert clip.dtype == kind
    assert steps.shape == (3, 3, 3)
    code = 1.0 if kind == np.uint8 else 1.0 / 255.0
    for before, after, step in zip(clip, clip[1:], steps, strict=False):
        moved = cv2.warpPerspective(before, step, (120, 80), flags=cv2.INTER_CUBIC)
        error = np.abs(moved.astype(np.float32) - after)[8:-8, 8:-8]
        still_error = np.abs(before.astype(np.float32) - after)[8:-8, 8:-8]
        assert error.mean() < 0.5 * code
        assert still_error.mean() > 2.0 * code


def test_ken_burns_zooms_by_its_rate_to_the_middle():
    steps = ken_burns_steps((1920, 1080), 101, (960, 540))
    whole = np.linalg.multi_dot(steps[::-1])
    np.testing.assert_allclose(np.diag(whole), [1.15, 1.15, 1.0], atol=1e-3)
    middle = np.array([479.5, 269.5, 1.0])
    np.testing.assert_allclose(whole @ middle, middle, atol=0.3)
    assert ken_burns_steps((20, 10), 1, (20, 10)).shape == (0, 3, 3)


@pytest.mark.parametrize("steps", [camera_orb.steps, camera_sift.steps])
class TestCamera:
    def test_recovers_a_shift(self, steps):
        whole = picture(260, 340)
        greys = np.stack(
            [whole[10 + 3 * t : 250 + 3 * t, 20 - 5 * t : 320 - 5 * t] for t in (0, 1)]
        )
        self.check(steps(greys), (5.0, -3.0))

    def test_leaves_the_subject_out(self, steps):
        whole, subject = picture(340, 460), picture(200, 260, seed=7)
        greys = np.stack([whole[10:330, 20 - 5 * t : 420 - 5 * t] for t in (0, 1)])
        mask = np.zeros(greys.shape, bool)
        mask[:, 60:260, 80:320] = True
        # It is more than a third of the picture, and goes the other way.
        for t in (0, 1):
            greys[t, 60:260, 80:320] = subject[:, 8 * t : 240 + 8 * t]
        self.check(steps(greys, mask), (5.0, 0.0))

    def test_is_still_where_nothing_is_seen(self, steps):
        greys = np.full((3, 60, 80), 128, np.uint8)
        np.testing.assert_array_equal(steps(greys), np.stack([np.eye(3)] * 2))
        assert steps(greys[:1]).shape == (0, 3, 3)

    @staticmethod
    def check(found, shift):
        assert found.shape == (1, 3, 3)
        corners = np.array([[0, 0, 1], [299, 0, 1], [299, 239, 1], [0, 239, 1]]).T
        moved = found[0] @ corners
        error = moved[:2] / moved[2] - corners[:2] - np.array(shift)[:, None]
        assert np.hypot(*error).max() < 0.5


def test_deflicker_lowers_a_flicker():
    pytest.importorskip("imageio_ffmpeg")
    still = cv2.cvtColor(picture(48, 64), cv2.COLOR_GRAY2RGB).astype(np.float32) * (0.7, 0.6, 0.5)
    gains = 1.0 + 0.08 * np.sin(np.arange(16) * 2.2)
    frames = np.round(still * gains[:, None, None, None]).astype(np.uint8)
    found = deflicker_ffmpeg(frames)
    assert found.shape == frames.shape
    assert found.dtype == np.uint8
    means, before = found.mean(axis=(1, 2, 3)), frames.mean(axis=(1, 2, 3))
    assert means[4:-4].std() < 0.5 * before[4:-4].std()
    assert means.mean() == pytest.approx(before.mean(), rel=0.03)


def test_deflicker_leaves_a_steady_clip():
    pytest.importorskip("imageio_ffmpeg")
    colours = cv2.applyColorMap(picture(48, 64), cv2.COLORMAP_HSV)
    frames = np.stack([colours] * 6)
    assert np.abs(deflicker_ffmpeg(frames).astype(int) - frames).max() <= 3


def test_rvm_is_normally_not_there(monkeypatch, tmp_path):
    monkeypatch.delenv("BACKLOT_RVM", raising=False)
    assert not rvm.available()
    assert rvm.milliseconds_a_frame(32, 32) is None
    monkeypatch.setenv("BACKLOT_RVM", str(tmp_path / "not_there.torchscript"))
    assert not rvm.available()


def test_rvm_is_timed(monkeypatch, tmp_path):
    # A checkout as RVM's is, with a network that only has its signature.
    (tmp_path / "hubconf.py").write_text(
        "import torch\n"
        "class Network(torch.nn.Module):\n"
        "    def forward(self, src, r1=None, r2=None, r3=None, r4=None, downsample_ratio=1.0):\n"
        "        assert downsample_ratio == 0.5\n"
        "        kept = (src if r is None else r + 1 for r in (r1, r2, r3, r4))\n"
        "        return src, src[:, :1], *kept\n"
        "def mobilenetv3(pretrained=True):\n"
        "    assert not pretrained\n"
        "    return Network()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("BACKLOT_RVM", str(tmp_path))
    assert rvm.available()
    assert rvm.milliseconds_a_frame(8, 1024) > 0.0


def test_rvm_may_be_torchscript(monkeypatch, tmp_path):
    class Network(torch.nn.Module):
        def forward(
            self,
            src: torch.Tensor,
            r1: torch.Tensor | None = None,
            r2: torch.Tensor | None = None,
            r3: torch.Tensor | None = None,
            r4: torch.Tensor | None = None,
            downsample_ratio: float = 1.0,
        ):
            return src, src[:, :1], src, src, src, src

    with warnings.catch_warnings():
        # What torch warns of TorchScript with has changed from version to version.
        warnings.simplefilter("ignore")
        torch.jit.script(Network()).save(str(tmp_path / "rvm.torchscript"))
    monkeypatch.setenv("BACKLOT_RVM", str(tmp_path / "rvm.torchscript"))
    assert rvm.milliseconds_a_frame(9, 16) > 0.0


def test_every_matte_has_the_same_call(frame, alpha):
    for name, matte in rivals.MATTES.items():
        found = matte(frame, BOX, alpha)
        if found is None:
            assert name in ("closed form", "KNN")
        else:
            assert found.shape == alpha.shape
            assert np.abs(found - alpha).mean() < 0.05


def test_every_composite_has_the_same_call(frame, alpha):
    frame = frame / np.float32(255.0)
    plate = frame[::-1, ::-1]
    made = {name: over(frame, alpha, plate) for name, over in rivals.COMPOSITES.items()}
    moved = {name: np.abs(one - made["plain over"]).mean() for name, one in made.items()}
    assert 0.0 == moved["plain over"] < moved["Reinhard 30 %"] < moved["Reinhard"]
