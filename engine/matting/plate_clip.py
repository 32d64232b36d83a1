"""A clean plate as a clip: the canvas seen through each frame's view, in each frame's light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat
from ..fingerprint import fingerprint
from .plate_canvas import Canvas
from .plate_light import light_field, lit

#: Alpha above which a pixel is hidden by the subject.
HIDDEN = 0.02


@dataclass(frozen=True)
class Kept:
    """The plate of one shot.

    Attributes:
        shot: its frames.
        canvas: where they look.
        picture: (H, W, 3) uint16, 65535 is 1.
        confidence: (H, W) uint8, 255 is 1.
        mark: identifies it.
    """

    shot: range
    canvas: Canvas
    picture: Array = field(repr=False)
    confidence: Array = field(repr=False)
    mark: str

    @classmethod
    def known(cls, fmt: ClipFormat) -> Kept:
        """Return the place of a plate that is given frame by frame: known everywhere."""
        size = fmt.width, fmt.height
        views = np.broadcast_to(np.eye(3), (fmt.frames, 3, 3))
        sure = np.broadcast_to(np.uint8(255), (fmt.height, fmt.width))
        return cls(range(fmt.frames), Canvas(*size, views, True), sure, sure, "given")

    def seen(self, layer: Array, index: int, size: tuple[int, int]) -> Array:
        """Return what frame ``index`` sees of a layer of the canvas."""
        if self.canvas.still:
            return layer
        view = self.canvas.views[index - self.shot.start]
        how = cv2.INTER_CUBIC if layer.ndim == 3 else cv2.INTER_LINEAR
        return np.asarray(cv2.warpPerspective(
            layer, view, size, flags=how | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        ))  # fmt: skip


class PlateClip(Clip):
    """The plate, frame by frame.

    Reads its source only where it follows the light.
    """

    def __init__(
        self,
        clip: Clip,
        given: Sequence[Clip],
        kept: Sequence[Kept],
        alpha: Clip | None,
        grow_px: float,
    ) -> None:
        """Show ``kept``, or the one clip ``given``, in the light of ``clip``.

        Args:
            clip: the source; it gives size, rate, bits and sound.
            given: a plate as long as the source, or empty.
            kept: the plate of each shot.
            alpha: the source's matte; None keeps the plate's own light.
            grow_px: the subject is left out of the light this much wider.
        """
        follows = [] if alpha is None else [clip, alpha]
        marks = [one.mark for one in kept], [one.fingerprint for one in (*given, *follows)]
        super().__init__(
            replace(clip.format, channels=3),
            fingerprint("clean_plate_view/1", clip.format, *marks, grow_px),
            parents=(*given, *follows),
            audio=clip.audio,
        )
        self._given, self._kept = given, kept
        self._source = None if alpha is None else (clip, alpha)
        self._grow_px = grow_px

    def _render(self, index: int) -> Array:
        kept = shot_of(self._kept, index)
        plate = self._given[0].frame(index)[..., :3] if self._given else self._look(kept, index)
        if self._source is None:
            return plate
        clip, alpha = self._source
        top = self.format.max_value
        size = self.format.width, self.format.height
        known = kept.seen(kept.confidence, index, size) > 64
        hidden = alpha.frame(index) > HIDDEN * alpha.format.max_value
        if self._grow_px >= 1:
            width = 2 * round(self._grow_px) + 1
            hidden = cv2.dilate(hidden.view(np.uint8), np.ones((width, width), np.uint8)) > 0
        frame = clip.frame(index)[..., :3]
        return lit(plate, light_field(frame, plate, known & ~hidden, top), top)

    def _look(self, kept: Kept, index: int) -> Array:
        seen = kept.seen(kept.picture, index, (self.format.width, self.format.height))
        top = self.format.max_value
        values = seen.astype(np.float32) * np.float32(top / 65535)
        if self.format.bits == 32:
            return values
        return np.asarray(values + np.float32(0.5)).astype(self.format.dtype)


class PlateConfidence(Clip):
    """How surely each frame's plate is known: one channel of 8 bits."""

    def __init__(self, clip: Clip, kept: Sequence[Kept], mark: str) -> None:
        """Show the confidence of ``kept`` beside ``clip``; ``mark`` identifies the plate."""
        super().__init__(
            replace(clip.format, channels=1, bits=8), fingerprint("plate_confidence/1", mark)
        )
        self._kept = kept

    def _render(self, index: int) -> Array:
        kept = shot_of(self._kept, index)
        return kept.seen(kept.confidence, index, (self.format.width, self.format.height))


def shot_of(kept: Sequence[Kept], index: int) -> Kept:
    """Return the plate of the shot that holds a frame."""
    return next(one for one in kept if index in one.shot)
