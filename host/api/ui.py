"""Stand-in for what a node shows of itself; headless it is only carried along."""

from __future__ import annotations

from typing import Any

from .io import FolderType, UIOutput


class SavedResult(dict[str, str]):
    """A file in one of ComfyUI's folders."""

    def __init__(self, filename: str, subfolder: str, type: FolderType) -> None:
        super().__init__(filename=filename, subfolder=subfolder, type=type.value)


class PreviewText(UIOutput):
    """Text below a node."""

    def __init__(self, value: str, **kwargs: Any) -> None:
        self.value = value

    def as_dict(self) -> dict[str, Any]:
        """Return what is sent to the editor."""
        return {"text": (self.value,)}


class PreviewVideo(UIOutput):
    """Saved videos, playing on a node."""

    def __init__(self, values: list[SavedResult], **kwargs: Any) -> None:
        self.values = values

    def as_dict(self) -> dict[str, Any]:
        """Return what is sent to the editor."""
        return {"images": self.values, "animated": (True,)}
