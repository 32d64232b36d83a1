"""What every socket of the stand-in is made of: inputs, outputs, and types that own both."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar


class NumberDisplay(str, Enum):
    """How a number is edited."""

    number = "number"
    slider = "slider"


class Input:
    """One input of a node."""

    Parent: ClassVar[type[ComfyType]]

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.optional = optional
        self.tooltip = tooltip
        self.lazy = lazy
        self.extra_dict = extra_dict or {}
        self.default: Any = None

    def get_io_type(self) -> str:
        """Return the socket's type."""
        return self.Parent.io_type


class Output:
    """One output of a node."""

    Parent: ClassVar[type[ComfyType]]

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.tooltip = tooltip
        self.is_output_list = is_output_list

    def get_io_type(self) -> str:
        """Return the socket's type."""
        return self.Parent.io_type


class ComfyType:
    """A type of socket: its name, and the classes its inputs and outputs are declared with."""

    io_type: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give every type its own Input and Output that know it."""
        super().__init_subclass__(**kwargs)
        for name in ("Input", "Output"):
            base = getattr(cls, name, None)
            if base is not None:
                setattr(cls, name, type(name, (base,), {"Parent": cls}))


class WidgetInput(Input):
    """An input that can be typed in."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: Any = None,
        socketless: bool | None = None,
        force_input: bool | None = None,
    ) -> None:
        super().__init__(id, display_name, optional, tooltip, lazy)
        self.default = default
        self.socketless = socketless
        self.force_input = force_input


class NumberInput(WidgetInput):
    """A number that can be typed in."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: float | None = None,
        min: float | None = None,
        max: float | None = None,
        step: float | None = None,
        display_mode: NumberDisplay | None = None,
        socketless: bool | None = None,
        force_input: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            id, display_name, optional, tooltip, lazy, default, socketless, force_input
        )
        self.min = min
        self.max = max
        self.step = step
        self.display_mode = display_mode
        self.more = kwargs
