"""Pulling a clip: frames in order, computed ahead in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from .clip import Array, Clip

Made = TypeVar("Made")


def pull(
    clip: Clip,
    indices: Iterable[int] | None = None,
    *,
    workers: int = 2,
    check: Callable[[], None] | None = None,
) -> Generator[Array, None, None]:
    """Yield native frames in order while the next ones are computed in threads.

    Args:
        clip: what to read.
        indices: which frames; None is all.
        workers: threads; also how many frames are computed ahead, so memory stays constant.
        check: raises to stop; asked before each frame of the clip and of its parents.

    Whatever the clip and its parents remember or hold open is released at the end.
    """
    return pull_each(clip, clip.frame, indices, workers=workers, check=check)


def pull_each(
    clip: Clip,
    make: Callable[[int], Made],
    indices: Iterable[int] | None = None,
    *,
    workers: int = 2,
    check: Callable[[], None] | None = None,
    release: bool = True,
) -> Generator[Made, None, None]:
    """Yield ``make(index)``, which reads ``clip``, as :func:`pull` yields frames.

    Who pulls the same clip several times may keep its files open in between (``release`` False):
    reading on costs less than opening and seeking. The clip must be released in the end.
    """
    clip.prepare(workers, check)
    order = iter(range(len(clip)) if indices is None else indices)
    ahead: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="backlot")
    try:
        for index in order:
            ahead.append(pool.submit(make, index))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if release:
            clip.release()
