"""How much room is left where the embedded record is kept.

A disk that is quite full lets nobody read either, because what is read must be written into the audit log first.
So changes are refused while a reserve is left, and reads go on in it. PostgreSQL's disk is its own to watch.
"""

import shutil
import time
from pathlib import Path
from typing import NamedTuple

from app.core.problems import Busy, InsufficientStorage

_REMEMBERED_SECONDS = 1.0
_LOW_SHARE = 0.05


class _Room(NamedTuple):
    free: int
    total: int
    until: float


class Storage:
    """The room in one folder, measured at most once a second."""

    def __init__(self, folder: Path | None = None, reserve: int = 0) -> None:
        """Watch a folder and keep `reserve` bytes of it; without a folder there is nothing to watch."""
        self._folder, self._reserve = folder, reserve
        self._room: _Room | None = None

    def refuse_if_short(self) -> None:
        """Refuse a change when only the reserve is left."""
        if self._folder is not None and self._measured(self._folder).free < self._reserve:
            raise InsufficientStorage

    def is_low(self) -> bool:
        """Whether an operator must make room now: under 5 % free, or only the reserve left."""
        if self._folder is None:
            return False
        room = self._measured(self._folder)
        return room.free < max(self._reserve, room.total * _LOW_SHARE)

    def _measured(self, folder: Path) -> _Room:
        now = time.monotonic()
        if self._room is None or self._room.until <= now:
            try:
                usage = shutil.disk_usage(folder)
            except OSError:
                raise Busy from None
            self._room = _Room(usage.free, usage.total, now + _REMEMBERED_SECONDS)
        return self._room
