"""Measures against the truth, one a file; they are part of the benchmark, not of the pack.

Conventions, unless a docstring says otherwise: frames are (T, H, W, 3) RGB, display-referred
(sRGB), float32 in 0 ... 1 or uint8; alpha is (T, H, W) float32 in 0 ... 1, subject = 1; a single
frame or matte has no T. ``back_flow`` is (T - 1, H, W, 2) float32 in px on the grid of the later
frame: what frame t + 1 shows at (x, y) was at (x, y) + back_flow[t] in frame t. ``visible`` is
(T - 1, H, W) bool, what both frames show. "Codes" are 8-bit codes. Lower is better where nothing
else is said.

Nothing here imports the pack: the benchmark must not judge the pack by the pack's own measures.
"""
