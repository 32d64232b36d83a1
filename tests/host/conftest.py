"""Keeps every test's store, temporary and output files to itself."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory, monkeypatch):
    from backlot.host import headless

    place = tmp_path_factory.mktemp("host")
    monkeypatch.setenv("BACKLOT_STORE", str(place / "store"))
    monkeypatch.setattr(headless, "temp_dir", lambda: place / "temp")
