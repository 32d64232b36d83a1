"""The studio: draws clips from a seed, with everything that is true of them.

``render_case(case, folder)`` writes, ``load_case(folder)`` reads. A folder holds

==================  ====================================================================
clip.mp4            what the product is given: 8 bit, noise, H.264, BT.709
clean.mkv           the clip before noise and compression
plate.mkv           its scene without people and without their shadows
foreground.mkv      people's straight colour
answer.mkv          the true answer: the same performance and camera in another scene
answer_plate.mkv    that scene without people
background.png      that scene as the first frame's camera sees it: the approved still
alpha.mkv           the matte of all people; alpha_N.mkv of each where there are several
hair.mkv            the part of alpha that is hair
shadow.mkv          the factor of the plate's linear light, answer_shadow.mkv the answer's
motion.mkv          motion to the next frame and nearness, plate_motion.mkv the plate's
normals.mkv         people's normals in the camera's axes
truth.json          camera, light, boxes, joints, cuts
==================  ====================================================================

Pictures are display-referred sRGB, all .mkv files 16-bit FFV1. The law that holds in every pixel
within half an 8-bit code, with F, P, S from the files and F, P brought to linear light::

    clean = encode_srgb(alpha * F + (1 - alpha) * P * S)

with 0 <= F <= 1, and the same of answer, answer_plate and answer_shadow with the answer's own
foreground, which is not kept. What reflects is in F.
"""

from .case import Case, with_size
from .cases import CASES, case_named
from .render import is_rendered, render_case
from .truth import Truth, load_case

__all__ = [
    "CASES",
    "Case",
    "Truth",
    "case_named",
    "is_rendered",
    "load_case",
    "render_case",
    "with_size",
]
