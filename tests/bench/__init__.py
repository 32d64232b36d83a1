"""The benchmark: every claim of quality, speed, memory and robustness, beside a baseline.

``python -m tests.bench`` from the project's root runs the quality suite, ``python -m tests.bench
memory`` one of the other rows; CONTRIBUTING.md lists them and says where things are. It needs what
pyproject's extra ``bench`` installs (ffmpeg's binary as a baseline, pymatting as a rival); the row
``comfyui`` also COMFYUI_DIR and COMFYUI_PYTHON. Compare ratios: absolute times depend on the
machine.
"""
