"""The studio: draws clips from a seed, with everything that is true of them.

``render_case(case, folder)`` writes, ``load_case(folder)`` reads. A folder holds

==================  ====================================================================
clip.mp4            what the product is given: 8 bit, noise, H.264, BT.709
clean.nut           the clip before noise and compression
plate.nut           its scene without people and without their shadows
foreground.nut      people's straight colour
answer.nut          the true answer: the same performance and camera in another scene
answer_plate.nut    that scene without people
background.png      that scene as the first frame's camera sees it: the approved still
alpha.nut           the matte of all people; alpha_N.nut of each where there are several
hair.nut            the part of alpha that is hair
shadow.nut          the factor of the plate's linear light, answer_shadow.nut the answer's
motion.nut          motion to the next frame and nearness, plate_motion.nut the plate's
normals.nut         people's normals in the camera's axes
truth.json          camera, light, boxes, joints, cuts
==================  ====================================================================

Pictures are display-referred sRGB, layers lossless FFVHUFF. The law that holds in every pixel
within half an 8-bit code, with F, P, S from the files and F, P brought to linear light::

    clean = encode_srgb(alpha * F + (1 - alpha) * P * S)

with 0 <= F <= 1, and the same of answer, answer_plate and answer_shadow with the answer's own
foreground, which is not kept. What reflects is in F.
"""

from .case import Case, with_size
from .cases import CAMERA_CASES, CASES, case_named
from .render import is_rendered, render_case
from .truth import Truth, load_case

__all__ = [
    "CAMERA_CASES",
    "CASES",
    "Case",
    "Truth",
    "case_named",
    "is_rendered",
    "load_case",
    "render_case",
    "with_size",
]
