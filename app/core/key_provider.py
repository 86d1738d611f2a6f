"""Whoever keeps the key that opens the master key: a file here, a key management service where there is one.

The master key is then kept sealed, and opened once, when a process starts. A provider needs two methods, so that one
for a service is a dozen lines in a package of the operator's, named by `STANCE_KEY_PROVIDER=package.module:name`.
"""

import base64
import importlib
from pathlib import Path
from typing import Protocol

from app.core.crypto import MasterKey

SEALED = "sealed:"


class KeyProvider(Protocol):
    """Seals and opens 32 bytes; how, is its own business."""

    def wrap(self, key: bytes) -> bytes:
        """Seal a key."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Open a key, or raise any exception."""


class FileKeyProvider:
    """Keeps its key in a file, which belongs on another disk than the master key: a stick, or a secret of the host."""

    def __init__(self, path: Path) -> None:
        """Read the file: 32 random bytes in base64, as `stance create-key` makes them."""
        if not path.exists():
            raise RuntimeError("STANCE_KEY_PROVIDER_FILE names a file that is not there")
        self._key = MasterKey.from_base64(path.read_text())

    def wrap(self, key: bytes) -> bytes:
        """Seal a key (RFC 3394)."""
        return self._key.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Open a key."""
        return self._key.unwrap(wrapped)


def provider_named(name: str) -> KeyProvider:
    """Make the provider an operator named as `package.module:name`."""
    module, _, attribute = name.partition(":")
    try:
        provider: KeyProvider = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError, ValueError):
        raise RuntimeError("STANCE_KEY_PROVIDER names nothing that can be imported") from None
    return provider


def sealed(master: MasterKey, provider: KeyProvider) -> str:
    """Write a master key down so that only the provider opens it."""
    return SEALED + base64.b64encode(provider.wrap(master.reveal())).decode()


def opened(text: str, provider: KeyProvider | None, *, is_leaving: bool = False) -> MasterKey:
    """Read a master key as it is kept: in plain base64, or sealed."""
    text = text.strip()
    if not text.startswith(SEALED):
        return MasterKey.from_base64(text, is_leaving=is_leaving)
    if provider is None:
        raise ValueError("the master key is sealed: set STANCE_KEY_PROVIDER_FILE or STANCE_KEY_PROVIDER")
    try:
        secret = provider.unwrap(base64.b64decode(text.removeprefix(SEALED), validate=True))
    except Exception:  # noqa: BLE001 - a provider has exceptions of its own, and none may show what it was given
        raise ValueError("the key provider does not open this master key") from None
    return MasterKey(secret, is_leaving=is_leaving)
