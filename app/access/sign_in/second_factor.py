"""One-time codes: of an authenticator app (TOTP, RFC 6238) and for the day it is lost. Pure, but for chance."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what people mix up: i, l, o, 0, 1."""
_GROUPS, _GROUP = 4, 4
_APP_CODE = re.compile(r"\d{6}", re.ASCII)


def new_seed() -> str:
    """Make the secret an authenticator app shares with us: 160 random bits in base32."""
    return pyotp.random_base32()


def otpauth_uri(seed: str, *, login: str, clinic: str) -> str:
    """Return what authenticator apps read from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=clinic)


def code_of(seed: str, now: datetime) -> str:
    """Return the code an app shows at a moment."""
    return pyotp.TOTP(seed).at(now)


def matching_step(seed: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """Return the half minute a code belongs to: the present one, or one before or after for clocks that differ.

    A step that was used, or one before it, does not count again: a code that somebody overheard is worth nothing.
    """
    totp = pyotp.TOTP(seed)
    present = totp.timecode(now)
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and (last_step is None or step > last_step):
            return step
    return None


def plain(code: str) -> str:
    """Take out what people type between the parts of a code."""
    return re.sub(r"[\s-]", "", code).lower()


def is_app_code(code: str) -> bool:
    """Tell a code of an app from a recovery code."""
    return _APP_CODE.fullmatch(code) is not None


def new_recovery_codes() -> list[str]:
    """Make codes for the day the app is lost, of 79 random bits each, in groups that can be copied from paper."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_of_code(code: str) -> bytes:
    """Return what is kept of a recovery code; it is random, so a fast hash is enough."""
    return hashlib.sha256(plain(code).encode()).digest()


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))
