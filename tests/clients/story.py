"""The story every client tells but the TypeScript ones, which have their own, and how its tools are run."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
STEPS = [
    "without a valid token: 401 unauthorized",
    "signed in",
    "created a client",
    "the same Idempotency-Key again: the same client",
    "bad input: 422 validation_failed at /given_name",
    "null cleared a field, an absent one stayed",
    "opened a treatment",
    "created and held a session",
    "wrote a note",
    "autosaved it",
    "a stale save: 412 precondition_failed",
    "tagged a mentalizing failure",
    "signed it",
    "read it again with its ETag: 304",
    "added an addendum",
    "read an answer newer than the client",
    "read the timeline",
    "drew it as a picture",
    "created and held a session",
    "wrote a note",
    "paged through 2 notes, one a page",
    "the EHR sent a client twice: created, then updated",
    "the EHR read the client",
]


def run(*command: str | Path, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Run a tool, and show what it said when it fails."""
    told = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
