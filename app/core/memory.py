"""What a process holds in memory: keys and opened notes stay there, and modules are not looked through for garbage."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_DUMPABLE = 4


def forbid_dumps() -> None:
    """Write no core file when the process dies, and let no other process of this user look into it.

    The limit alone is not enough on Linux: a crash reporter that the kernel pipes dumps to is not bound by it.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextmanager
def imported_for_good() -> Iterator[None]:
    """Look for no garbage while modules are imported: they leave none, and looking took a seventh of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
