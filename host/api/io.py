"""Stand-in for ``comfy_api.latest.io``: schemas, sockets, nodes and their outputs.

Each input is a plain holder of the arguments that ComfyUI's own class takes by the same names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from . import sockets
from .sockets import ComfyType, Input, NumberDisplay, Output

__all__ = [
    "AnyType",
    "Audio",
    "Boolean",
    "Combo",
    "ComfyNode",
    "Conditioning",
    "Custom",
    "Float",
    "FolderType",
    "Hidden",
    "HiddenHolder",
    "Image",
    "Input",
    "Int",
    "Mask",
    "Model",
    "MultiType",
    "NodeOutput",
    "NumberDisplay",
    "Output",
    "Schema",
    "String",
    "UIOutput",
    "UploadType",
    "Vae",
    "Video",
]


class FolderType(str, Enum):
    """Folders that files are shown from."""

    input = "input"
    output = "output"
    temp = "temp"


class UploadType(str, Enum):
    """What an upload button accepts."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class Hidden(str, Enum):
    """What a node may ask for beside its inputs."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"


class PlainType(ComfyType):
    """A type of socket without a widget."""

    class Input(sockets.Input):
        """An input of this type."""

    class Output(sockets.Output):
        """An output of this type."""


class Int(ComfyType):
    """A whole number."""

    io_type = "INT"

    class Input(sockets.NumberInput):
        """A whole number between ``min`` and ``max``."""

    class Output(sockets.Output):
        """A whole number."""


class Float(ComfyType):
    """A number."""

    io_type = "FLOAT"

    class Input(sockets.NumberInput):
        """A number between ``min`` and ``max``."""

    class Output(sockets.Output):
        """A number."""


class Boolean(ComfyType):
    """Yes or no."""

    io_type = "BOOLEAN"

    class Input(sockets.WidgetInput):
        """A switch."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: bool | None = None,
            label_on: str | None = None,
            label_off: str | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
        ) -> None:
            super().__init__(
                id, display_name, optional, tooltip, lazy, default, socketless, force_input
            )
            self.label_on = label_on
            self.label_off = label_off

    class Output(sockets.Output):
        """Yes or no."""


class String(ComfyType):
    """Text."""

    io_type = "STRING"

    class Input(sockets.WidgetInput):
        """A line or a page of text."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            multiline: bool = False,
            placeholder: str | None = None,
            default: str | None = None,
            dynamic_prompts: bool | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
        ) -> None:
            super().__init__(
                id, display_name, optional, tooltip, lazy, default, socketless, force_input
            )
            self.multiline = multiline
            self.placeholder = placeholder
            self.dynamic_prompts = dynamic_prompts

    class Output(sockets.Output):
        """Text."""


class Combo(ComfyType):
    """One of a list."""

    io_type = "COMBO"

    class Input(sockets.WidgetInput):
        """A choice among ``options``; the first is taken when there is no default."""

        def __init__(
            self,
            id: str,
            options: list[str] | list[int] | type[Enum] | None = None,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: str | int | Enum | None = None,
            control_after_generate: bool | None = None,
            upload: UploadType | None = None,
            image_folder: FolderType | None = None,
            remote: Any = None,
            socketless: bool | None = None,
        ) -> None:
            if isinstance(default, Enum):
                default = default.value
            super().__init__(id, display_name, optional, tooltip, lazy, default, socketless)
            if isinstance(options, type):
                options = [member.value for member in options]
            self.options: list[Any] = list(options or [])
            self.control_after_generate = control_after_generate
            self.upload = upload
            self.image_folder = image_folder
            self.remote = remote

    class Output(sockets.Output):
        """One of a list."""


class Image(PlainType):
    """(T, H, W, C) float32, 0 ... 1."""

    io_type = "IMAGE"


class Mask(PlainType):
    """(T, H, W) float32, 0 ... 1."""

    io_type = "MASK"


class Video(PlainType):
    """A VideoInput."""

    io_type = "VIDEO"


class Audio(PlainType):
    """A waveform and its sample rate."""

    io_type = "AUDIO"


class Model(PlainType):
    """A diffusion model."""

    io_type = "MODEL"


class Vae(PlainType):
    """What turns pictures into latents and back."""

    io_type = "VAE"


class Conditioning(PlainType):
    """What a diffusion model is to follow, such as a text."""

    io_type = "CONDITIONING"


class AnyType(PlainType):
    """Anything."""

    io_type = "*"


def Custom(io_type: str) -> type[PlainType]:  # noqa: N802 - ComfyUI's own name
    """Return a type of socket named ``io_type``."""
    return type(io_type, (PlainType,), {"io_type": io_type})


class MultiType:
    """One of several types."""

    class Input(sockets.Input):
        """An input that accepts any of ``types``."""

        def __init__(
            self,
            id: str | sockets.Input,
            types: Sequence[type[ComfyType]],
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            extra_dict: dict[str, Any] | None = None,
        ) -> None:
            widget = id if isinstance(id, sockets.Input) else None
            name = id.id if isinstance(id, sockets.Input) else id
            super().__init__(name, display_name, optional, tooltip, lazy, extra_dict)
            self.input_override = widget
            self.types = types
            if widget is not None:
                self.optional = widget.optional or optional
                self.tooltip = widget.tooltip or tooltip
                self.default = widget.default

        def get_io_type(self) -> str:
            """Return the types, joined by commas."""
            own = [] if self.input_override is None else [self.input_override.get_io_type()]
            return ",".join(dict.fromkeys(own + [kind.io_type for kind in self.types]))


@dataclass
class Schema:
    """What a node is called, takes and gives."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False


@dataclass(frozen=True)
class HiddenHolder:
    """What a node asked for with :class:`Hidden`."""

    unique_id: str | None = None
    prompt: Any = None
    extra_pnginfo: Any = None


class ComfyNode:
    """Base of every node. ``execute`` is a classmethod that takes the inputs by name."""

    hidden: ClassVar[HiddenHolder] = HiddenHolder()
    execute: ClassVar[Callable[..., NodeOutput]]
    validate_inputs: ClassVar[Callable[..., bool | str]]
    fingerprint_inputs: ClassVar[Callable[..., Any]]

    @classmethod
    def define_schema(cls) -> Schema:
        """Return the node's schema."""
        raise NotImplementedError

    @classmethod
    def GET_SCHEMA(cls) -> Schema:  # noqa: N802 - ComfyUI's own name
        """Return the node's schema."""
        return cls.define_schema()


class UIOutput(ABC):
    """Something a node shows of itself."""

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """Return what is sent to the editor."""


class NodeOutput:
    """What a node gives, and what it shows of itself."""

    def __init__(
        self,
        *args: Any,
        ui: UIOutput | dict[str, Any] | None = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ) -> None:
        self.args = args
        self.ui = ui
        self.expand = expand
        self.block_execution = block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        """The outputs, or None if there are none."""
        return self.args or None

    def __getitem__(self, index: int) -> Any:
        return self.args[index]
