"""The erasure ledger: a file outside every backup that says who was erased, so that no restore brings anybody back.

One line of JSON for each erasure, in ids, codes and moments, without names. Each line carries the hash of the line
before, so that none can be changed or taken out of the middle unseen, and a mark only the service can make. A line is
on the disk before the erasure it tells of is committed: whoever reads the ledger may have to finish one, not to guess.
"""

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from app.core.files import sync_folder

NO_LINE_BEFORE = "0" * 64
_SEALS = ("hash", "mac")


class LedgerBroken(RuntimeError):
    """The ledger is not as it was written; nothing may be concluded from it."""


@dataclass(frozen=True, kw_only=True)
class ErasureFacts:
    """What is told of an erasure: enough to do it again, and to say who decided it."""

    clinic_id: UUID
    client_id: UUID
    erasure_id: UUID
    reason_code: str
    requested_by: UUID
    requested_at: datetime
    approved_by: UUID
    approved_at: datetime


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One line."""

    number: int
    facts: ErasureFacts
    at: datetime
    previous: str
    hash: str
    mac: str

    def is_marked(self, key: bytes) -> bool:
        """Say whether the service wrote this line, with the key of the line's clinic."""
        return hmac.compare_digest(self.mac, _mac_of(key, self.hash))


def ledger_key(secret: bytes) -> bytes:
    """Derive the key that marks a clinic's lines from the secret of its audit log, which outlives the master key."""
    return hmac.digest(secret, b"stance|erasure ledger", "sha256")


class ErasureLedger:
    """The file. Several processes of one machine, or of several that share the folder, may write to it."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made with the first line, for its owner alone."""
        self.path = path

    def entries(self) -> list[LedgerEntry]:
        """Return every line, oldest first; `LedgerBroken` when one was changed, moved or taken out.

        A last line without its end was being written when the power went: it was never acted upon and does not count.
        """
        return list(_read(self.path.read_bytes())) if self.path.exists() else []

    def find(self, erasure_id: UUID) -> LedgerEntry | None:
        """Return the line of an erasure."""
        return next((entry for entry in self.entries() if entry.facts.erasure_id == erasure_id), None)

    def append(self, facts: ErasureFacts, at: datetime, key: bytes) -> LedgerEntry:
        """Write a line down to the disk and return it; an erasure that has one keeps it."""
        is_new = not self.path.exists()
        with _held(self.path) as file:
            raw = file.read()
            entries = list(_read(raw))
            for entry in entries:
                if entry.facts.erasure_id == facts.erasure_id:
                    return entry
            previous = entries[-1].hash if entries else NO_LINE_BEFORE
            body = {"number": len(entries) + 1, **_plain(facts), "at": at.isoformat(), "previous": previous}
            line_hash = _hash_of(body)
            line = json.dumps({**body, "hash": line_hash, "mac": _mac_of(key, line_hash)}, separators=(",", ":"))
            file.truncate(raw.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.path.parent)
        return _entry_of(json.loads(line))


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes]]:
    """Open the file with every other writer kept out."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        if sys.platform != "win32":  # where the service is one process
            import fcntl  # noqa: PLC0415 - there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _read(raw: bytes) -> Iterator[LedgerEntry]:
    previous = NO_LINE_BEFORE
    lines = raw.split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)
            entry = _entry_of(told)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise LedgerBroken(f"Line {number} of the erasure ledger cannot be read.") from None
        body = {name: value for name, value in told.items() if name not in _SEALS}
        if (entry.number, entry.previous, entry.hash) != (number, previous, _hash_of(body)):
            raise LedgerBroken(
                f"Line {number} of the erasure ledger is not as it was written, or one before it is gone."
            )
        previous = entry.hash
        yield entry


def _entry_of(told: dict[str, Any]) -> LedgerEntry:
    facts = ErasureFacts(
        clinic_id=UUID(told["clinic_id"]),
        client_id=UUID(told["client_id"]),
        erasure_id=UUID(told["erasure_id"]),
        reason_code=str(told["reason_code"]),
        requested_by=UUID(told["requested_by"]),
        requested_at=datetime.fromisoformat(told["requested_at"]),
        approved_by=UUID(told["approved_by"]),
        approved_at=datetime.fromisoformat(told["approved_at"]),
    )
    return LedgerEntry(
        number=int(told["number"]),
        facts=facts,
        at=datetime.fromisoformat(told["at"]),
        previous=str(told["previous"]),
        hash=str(told["hash"]),
        mac=str(told["mac"]),
    )


def _plain(facts: ErasureFacts) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in asdict(facts).items()
    }


def _hash_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _mac_of(key: bytes, line_hash: str) -> str:
    return hmac.digest(key, line_hash.encode(), "sha256").hex()
