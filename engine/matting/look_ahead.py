"""What stands still with the background and what does not, told from the frames ahead.

Frames ahead are laid on frame 0 by the background's motion. Textured places that look the same in
most of them are background; a living subject never holds that still. Where frame 0 differs from
what most of them agree on, it shows something that later leaves, and what is behind it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..context import Context
from .background_motion import background_motion

#: Frames looked at, and the strides tried between them (a shaky camera needs a short one).
LOOKS, STRIDES = 14, (6, 3, 2)
#: Side of the patches compared, pixels, and the grey variance that makes one textured.
PATCH_PX, TEXTURED = 11, 25.0
#: Share of the texture that holds still round a subject at least, and within it at most of that.
STILL_AROUND, STILL_WITHIN = 0.5, 0.55
#: Share of the frames in which a still place looks the same.
STILL_SHARE = 0.6
#: Share of the frames in which background that was covered for a while is seen again.
RETURN_SHARE = 0.2
#: Colour distance (codes) under which frames agree, and over which they differ.
AGREE, DIFFER = 16.0, 30.0


@dataclass(frozen=True)
class Outlook:
    """What the frames ahead say about frame 0; all (H, W).

    Attributes:
        same: float32, correlation of the patches here with those ahead that most reach.
        returns: bool, the patch here looks the same in some frame ahead at least.
        textured: bool, whether ``same`` says anything.
        agreement: float32, share of the frames that agree on a colour here.
        leaves: bool, frame 0 shows something here that most frames do not.
        plate: (H, W, 3) uint8, what most frames show.
        frames: how far ahead was looked.
    """

    same: Array
    returns: Array
    textured: Array
    agreement: Array
    leaves: Array
    plate: Array
    frames: int

    @property
    def moving(self) -> Array:
        """Float32, 1 where a textured place does not stand with the background."""
        return (self.textured & (self.same < 0.75)).astype(np.float32)

    def tells(self, inside: Array) -> bool:
        """Whether standing still tells background from the subject that is ``inside`` (H, W) bool.

        The background must hold still round the subject, and clearly less so within: a calm
        sitter, a noisy clip or a background that is too deep for one homography tells nothing.
        """
        within, around = (
            float(self.still[part].sum()) / max(1, int(self.textured[part].sum()))
            for part in (inside, ~inside)
        )
        return around > STILL_AROUND and within < STILL_WITHIN * around

    @property
    def still(self) -> Array:
        """Bool, where a textured place stands with the background."""
        return np.asarray(self.textured & (self.same > 0.9))


def look_ahead(clip: Clip, context: Context) -> Outlook | None:
    """Return what the frames ahead of frame 0 say, or None if they cannot be laid on it.

    Args:
        clip: 8-bit RGB at the reduced size.
        context: asked for cancel.
    """
    best: list[tuple[Array, Array]] = []
    span = 0
    for stride in STRIDES:
        aligned = _aligned(clip, stride, context)
        if len(aligned) > len(best):
            best, span = aligned, stride * (len(aligned) - 1)
        if len(best) >= LOOKS - 2:
            break
    if len(best) < 4:
        return None
    seen = np.stack([frame for frame, _ in best])
    valid = np.stack([inside for _, inside in best])
    same, most, textured = _sameness(seen, valid)
    plate = np.sort(seen, axis=0)[len(seen) // 2]
    smooth_plate = cv2.blur(plate, (3, 3))
    apart = np.stack([cv2.absdiff(cv2.blur(frame, (3, 3)), smooth_plate).max(2) for frame in seen])
    agreement = ((apart < AGREE) & valid).mean(0).astype(np.float32)
    leaves = (apart[0] > DIFFER) & (agreement > 0.55) & valid.all(0)
    return Outlook(same, most > 0.85, textured, agreement, leaves, plate, span)


def _aligned(clip: Clip, stride: int, context: Context) -> list[tuple[Array, Array]]:
    """Return frames 0, stride ... laid on frame 0, each with where it is seen."""
    first = clip.frame(0)
    height, width = first.shape[:2]
    everywhere = np.ones((height, width), np.uint8)
    nowhere = np.zeros((height, width), np.uint8)
    found = [(first, everywhere > 0)]
    before, total = cv2.cvtColor(first, cv2.COLOR_RGB2GRAY), np.eye(3)
    for index in range(stride, min(len(clip), stride * LOOKS), stride):
        context.check()
        frame = clip.frame(index)
        after = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        motion = background_motion(before, after, nowhere)
        if motion is None:
            break
        total = total @ motion
        seen, inside = (
            cv2.warpPerspective(picture, total, (width, height), flags=cv2.INTER_LINEAR)
            for picture in (frame, everywhere)
        )
        found.append((seen, inside > 0))
        before = after
    return found


def _sameness(seen: Array, valid: Array) -> tuple[Array, Array, Array]:
    """Return the correlation with frame 0 that most frames reach, that few do, and texture."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in seen]
    size = (PATCH_PX, PATCH_PX)

    def mean(values: Array) -> Array:
        return np.asarray(cv2.blur(values, size))

    noise = np.float32(9.0)
    first, first_mean = grey[0], mean(grey[0])
    variance = mean(first * first) - first_mean * first_mean
    scores = []
    for picture, inside in zip(grey[1:], valid[1:], strict=True):
        mean_there = mean(picture)
        variance_there = mean(picture * picture) - mean_there * mean_there
        together = mean(picture * first) - mean_there * first_mean
        score = together / np.sqrt((variance + noise) * (variance_there + noise))
        scores.append(np.where(inside, score, np.float32(1)))
    ordered = np.sort(np.stack(scores), axis=0)
    most: Array = ordered[int((1 - STILL_SHARE) * len(scores))]
    few: Array = ordered[int((1 - RETURN_SHARE) * len(scores))]
    return most, few, np.asarray(variance > TEXTURED)
