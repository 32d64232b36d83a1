from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.compositing.colour.histogram_match import match_histograms
from backlot.engine.compositing.colour.lut import cube_of, read_cube, write_cube
from backlot.engine.compositing.colour.mkl import STRETCH, match_clouds
from backlot.engine.compositing.colour.transfer import Grade, PartWay
from backlot.engine.errors import InputError, MediaError

RNG = np.random.default_rng(0)
COLOURS = RNG.random((500, 3)).astype(np.float32)


def swapped(display):
    """Red becomes blue: an axis that is mixed up shows."""
    return display[..., ::-1]


def test_a_cube_reads_what_it_was_made_of():
    for function in (swapped, lambda display: display * (0.9, 0.5, 0.2) + 0.05):
        cube = cube_of(function, 17)
        np.testing.assert_allclose(cube(COLOURS), function(COLOURS), atol=2e-6)
    assert cube(COLOURS.reshape(25, 20, 3)).shape == (25, 20, 3)
    assert cube(np.array([[1.5, -0.2, 0.5]], np.float32)).max() <= 1.0


def test_a_file_gives_the_table_back(tmp_path):
    path = tmp_path / "sub" / "look.cube"
    cube = cube_of(lambda display: display**1.5 * (1.0, 0.8, 0.6), 9)
    write_cube(path, cube, "A look")
    again = read_cube(path)
    np.testing.assert_allclose(again.values, cube.values, atol=1e-6)
    text = path.read_text()
    assert text.startswith('TITLE "A look"\nLUT_3D_SIZE 9\n')
    # Red runs fastest, as the specification has it.
    rows = [line for line in text.splitlines() if line[0].isdigit()]
    assert [float(part) for part in rows[8].split()] == pytest.approx([1.0, 0.0, 0.0])
    assert [float(part) for part in rows[-9].split()] == pytest.approx([0.0, 0.8, 0.6])


def test_files_of_other_programs_are_read(tmp_path):
    path = tmp_path / "other.cube"
    values = ["0 0 0", "1 0 0", "0 1 0", "1 1 0", "0 0 1", "1 0 1", "0 1 1", "1 1 1"]
    head = ["# made elsewhere", 'TITLE "x"', "", "LUT_3D_SIZE 2", "LUT_3D_INPUT_RANGE 0 1"]
    path.write_text("\r\n".join([*head, *values[:4], "# half", *values[4:]]), encoding="utf-8-sig")
    np.testing.assert_allclose(read_cube(path)(COLOURS), COLOURS, atol=2e-6)


def test_a_domain_is_kept(tmp_path):
    path = tmp_path / "domain.cube"
    values = ["0 0 0", "1 0 0", "0 1 0", "1 1 0", "0 0 1", "1 0 1", "0 1 1", "1 1 1"]
    head = ["LUT_3D_SIZE 2", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 2 2 2"]
    path.write_text("\n".join([*head, *values]))
    np.testing.assert_allclose(read_cube(path)(COLOURS), COLOURS / 2, atol=2e-6)


def test_a_table_of_one_dimension_is_read(tmp_path):
    path = tmp_path / "curve.cube"
    places = np.linspace(0, 1, 33)
    rows = [f"{v**2:.6f} {v:.6f} {1 - v:.6f}" for v in places]
    path.write_text("\n".join(["LUT_1D_SIZE 33", *rows]))
    found = read_cube(path)(COLOURS)
    wanted = np.stack([COLOURS[:, 0] ** 2, COLOURS[:, 1], 1 - COLOURS[:, 2]], axis=1)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "line 1"),
        ("0 0 0\n1 1 1", "neither LUT_3D_SIZE nor LUT_1D_SIZE"),
        ("LUT_3D_SIZE 2\n0 0 0", "1 rows where its size says 8"),
        ("LUT_3D_SIZE 900", "2 to 256"),
        ("LUT_1D_SIZE 2\n0 0\n1 1", "2 numbers on line 2"),
        ("LUT_1D_SIZE 2\n0 0 0\n1 1 nan", "not finite"),
        ("LUT_1D_SIZE 2\nDOMAIN_MAX 0 0 0\n0 0 0\n1 1 1", "domain"),
        ("LUT_1D_SIZE 2\nDOMAIN_MAX 1\n0 0 0\n1 1 1", "three numbers"),
    ],
)
def test_what_is_no_cube_file_is_refused(tmp_path, text, said):
    path = tmp_path / "broken.cube"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_cube(path)


def test_what_cannot_be_written_or_read_is_said(tmp_path):
    with pytest.raises(MediaError, match="cube file that can be read"):
        read_cube(tmp_path / "none.cube")
    (tmp_path / "file").write_text("")
    with pytest.raises(MediaError, match="must be written"):
        write_cube(tmp_path / "file" / "a.cube", cube_of(swapped, 2), "x")


def test_a_grade_spares_white_black_and_grey():
    ramp = np.repeat(np.linspace(0, 1, 257)[:, None], 3, axis=1)
    grade = Grade((1.9, 1.0, 0.5))
    graded = grade(ramp)
    assert (np.diff(graded, axis=0) > 0).all()
    np.testing.assert_allclose(graded[0], 0.0, atol=1e-9)
    assert graded[-1, 0] == pytest.approx(1.0)
    assert grade.separable
    grey = Grade(saturation=0.0)
    assert not grey.separable
    assert np.ptp(grey(COLOURS.astype(float)), axis=1).max() < 1e-9
    assert Grade(black=0.1)(ramp)[25].max() < 1e-6
    np.testing.assert_allclose(PartWay(grade, 0.25)(ramp), 0.75 * ramp + 0.25 * graded)


def test_a_curve_takes_one_histogram_to_the_other_and_never_turns_back():
    subject = RNG.normal((0.3, 0.5, 0.6), (0.1, 0.15, 0.05), (4000, 3)).clip(0, 1)
    plate = RNG.normal((0.5, 0.45, 0.4), (0.15, 0.1, 0.1), (3000, 3)).clip(0, 1)
    curves = match_histograms(subject, plate)
    found = curves(subject)
    for rank in (5, 25, 50, 75, 95):
        ranks = [np.percentile(part, rank, axis=0) for part in (found, plate)]
        np.testing.assert_allclose(*ranks, atol=0.03)
    assert (np.diff(np.array(curves.values), axis=1) >= 0).all()
    same = match_histograms(subject, subject)(subject)
    assert np.abs(same - subject).max() < 0.02


def test_the_linear_map_moves_the_mean_and_the_covariance():
    mix = np.array([[0.10, 0.02, 0.0], [0.0, 0.08, 0.03], [0.01, 0.0, 0.12]])
    subject = RNG.normal(size=(6000, 3)) @ mix + (0.4, 0.5, 0.5)
    plate = RNG.normal(size=(6000, 3)) @ (mix.T * 1.2) + (0.6, 0.5, 0.4)
    found = match_clouds(subject, plate)(subject)
    np.testing.assert_allclose(found.mean(axis=0), plate.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(np.cov(found.T), np.cov(plate.T), atol=0.004)
    same = match_clouds(subject, subject)
    np.testing.assert_allclose(np.array(same.matrix), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(same.offset, 0.0, atol=1e-6)


def test_noise_on_one_colour_is_not_blown_up():
    subject = 0.5 + RNG.normal(0, 0.004, (2000, 3))
    plate = RNG.random((2000, 3))
    stretches = np.linalg.eigvalsh(np.array(match_clouds(subject, plate).matrix))
    assert stretches.max() <= STRETCH[1] + 1e-9
    assert stretches.min() >= STRETCH[0] - 1e-9
