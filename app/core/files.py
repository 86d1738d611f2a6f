"""Files that hold what must be neither read by others nor lost: made for their owner alone, with names that last."""

import os
import sys
from pathlib import Path


def create_private(path: Path, text: str) -> None:
    """Write a new file only its owner can read; `FileExistsError` when there is one, since nothing is overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a loss of power; Windows does so by itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
