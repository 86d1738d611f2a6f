"""A master key that is kept sealed, by a key in a file and by another provider with the two methods."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from app.core.crypto import MasterKey
from app.core.key_provider import FileKeyProvider, KeyProvider, opened, provider_named, sealed
from app.opening import master_key_of, previous_master_key_of
from app.settings import Settings

SECRET = AESGCM.generate_key(256)


class Elsewhere:
    """A tiny provider as a key management service would have one: it knows the key, we never do."""

    def wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(SECRET).encrypt(nonce, key, None)

    def unwrap(self, wrapped: bytes) -> bytes:
        return AESGCM(SECRET).decrypt(wrapped[:12], wrapped[12:], None)


def in_a_file(folder: Path) -> FileKeyProvider:
    MasterKey.create_file(folder / "provider.key")
    return FileKeyProvider(folder / "provider.key")


@pytest.mark.parametrize("kind", ["file", "elsewhere"])
def test_what_a_provider_sealed_it_opens_again(kind: str, tmp_path: Path):
    provider: KeyProvider = in_a_file(tmp_path) if kind == "file" else Elsewhere()
    master = MasterKey(os.urandom(32))
    text = sealed(master, provider)
    assert master.to_base64() not in text
    assert opened(f"{text}\n", provider).is_same_as(master)
    assert opened(master.to_base64(), provider).is_same_as(master), "a plain one may go on while it is being sealed"


def test_another_provider_opens_nothing(tmp_path: Path):
    text = sealed(MasterKey(os.urandom(32)), Elsewhere())
    for wrong in (text, "sealed:!", "sealed:"):
        with pytest.raises(ValueError, match="does not open this master key"):
            opened(wrong, in_a_file(tmp_path / wrong[-2:].strip("/=")))
    with pytest.raises(ValueError, match="the master key is sealed"):
        opened(text, None)


def test_settings_name_the_provider_of_current_and_previous_key():
    master, previous = MasterKey(os.urandom(32)), MasterKey(os.urandom(32))
    settings = Settings(
        key_provider=f"{__name__}:Elsewhere",
        master_key=SecretStr(sealed(master, Elsewhere())),
        previous_master_key=SecretStr(sealed(previous, Elsewhere())),
    )
    assert master_key_of(settings).is_same_as(master)
    found = previous_master_key_of(settings)
    assert found is not None
    assert found.is_same_as(previous)


@pytest.mark.parametrize("name", ["", "nothing", "nowhere.at.all:Provider", "os:Provider", "base64:"])
def test_a_provider_that_is_not_there_refuses_to_start(name: str):
    with pytest.raises(RuntimeError, match="names nothing that can be imported"):
        provider_named(name)


def test_a_provider_file_that_is_not_there_or_weak_refuses_to_start(tmp_path: Path):
    with pytest.raises(RuntimeError, match="names a file that is not there"):
        FileKeyProvider(tmp_path / "none")
    (tmp_path / "weak").write_text(base64.b64encode(bytes(32)).decode())
    with pytest.raises(ValueError, match="not random"):
        FileKeyProvider(tmp_path / "weak")


def test_no_provider_shows_its_key(tmp_path: Path):
    provider = in_a_file(tmp_path)
    assert (tmp_path / "provider.key").read_text().strip() not in repr(provider) + str(vars(provider))
