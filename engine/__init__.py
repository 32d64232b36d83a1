"""The engine: video background replacement on lazy clips, without ComfyUI.

Notation used in every docstring below: T frames, H W pixels, C channels. Frames are RGB,
display-referred (sRGB transfer, Rec.709 primaries) unless a name says ``linear``; alpha is
straight unless a name says ``premultiplied``. Pixel (0, 0) is the centre of the top-left pixel.
Direction vectors: x right, y up, z toward the camera, unit length, pointing to the light.

Layers, each importing only what stands left of it::

    errors, fingerprint, color  <-  clip  <-  media  <-  context  <-  models  <-  the stages

A stage is a folder (analysis, matting, background, compositing, quality), a technique a file.
"""
