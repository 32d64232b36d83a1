"""Every exception the engine raises on purpose.

* BacklotError
  - RetryableError        the same call may succeed later
  - FinalError            the same call fails again until something is changed
    + InputError          a value, a box, a picture cannot be used       (ValueError)
    + ClipMismatchError   clips that must agree do not                   (ValueError)
    + MediaError          a file cannot be read or written               (OSError)
    + StoreError          the store cannot be used                       (OSError)
    + WorkflowError       a workflow file cannot be run                  (ValueError)
  - Cancelled             the host asked to stop

A message says what was wrong, with which input, and what to do about it, in one or two
sentences: ComfyUI shows it by itself in the node's dialog.
"""

from __future__ import annotations


class BacklotError(Exception):
    """Base of everything the engine raises on purpose."""


class RetryableError(BacklotError):
    """The same call may succeed later (a busy file, a full disk that is being cleared)."""


class FinalError(BacklotError):
    """The same call fails again until its input or the installation is changed."""


class InputError(FinalError, ValueError):
    """A value, a box, a picture or a clip cannot be used."""


class ClipMismatchError(FinalError, ValueError):
    """Clips that must agree in size, rate or length do not."""


class MediaError(FinalError, OSError):
    """A media file cannot be read or written."""


class StoreError(FinalError, OSError):
    """The store's folder or index cannot be used."""


class WorkflowError(FinalError, ValueError):
    """A workflow file cannot be run."""


class Cancelled(BacklotError):  # noqa: N818 - an event, not an error
    """The host asked to stop. Finished segments stay in the store; a next run continues."""
