"""The benchmark: every claim of speed, memory and robustness, beside a baseline.

``python -m tests.bench`` from the project's root runs all rows, ``python -m tests.bench memory``
one of them. It needs imageio-ffmpeg (for ffmpeg as the baseline) and psutil; the row ``comfyui``
also COMFYUI_DIR and COMFYUI_PYTHON. Compare ratios: absolute times depend on the machine.
"""
