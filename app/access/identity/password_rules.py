"""Which passwords are refused (NIST SP 800-63B-4, 3.1.1.2): those somebody would try first. Nothing else is asked.

No digits, no signs, no change every few months. A password alone has at least 15 characters, so lists of common ones
hardly reach it; what does is a common one repeated or lengthened, or what everybody knows of the person and the clinic.
"""

import re
from collections.abc import Iterable

from app.core.problems import ValidationFailed

LEAST_OF_HER_OWN = 8
"""How many characters must be left when the names and common passwords are taken out."""
LEAST_DIFFERENT = 6
_SHORTEST_WORD = 3

COMMON = (
    "password",
    "passwort",
    "passwd",
    "motdepasse",
    "contrasena",
    "wachtwoord",
    "haslo",
    "parola",
    "senha",
    "salasana",
    "letmein",
    "welcome",
    "willkommen",
    "bienvenue",
    "bienvenido",
    "changeme",
    "default",
    "secret",
    "geheim",
    "access",
    "admin",
    "administrator",
    "login",
    "master",
    "root",
    "user",
    "test",
    "guest",
    "iloveyou",
    "ichliebedich",
    "jetaime",
    "teamo",
    "princess",
    "sunshine",
    "shadow",
    "monkey",
    "dragon",
    "football",
    "fussball",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "pokemon",
    "starwars",
    "trustno1",
    "whatever",
    "freedom",
    "michael",
    "jessica",
    "jennifer",
    "daniel",
    "charlie",
    "thomas",
    "andrew",
    "hello",
    "hallo",
    "bonjour",
    "computer",
    "internet",
    "service",
    "support",
    "hospital",
    "clinic",
    "klinik",
    "praxis",
    "doctor",
    "therapist",
    "therapy",
    "nurse",
    "spring",
    "summer",
    "autumn",
    "winter",
    "fruehling",
    "sommer",
    "herbst",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "sunday",
    "correcthorsebatterystaple",
    "mentalization",
    "mentalizing",
    "mentalising",
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "09876543210987654321",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)
_SHORTEST_RUN = 4


def check_password(password: str, known: Iterable[str], pointer: str) -> None:
    """Refuse a password that is little more than names, common passwords or runs of keys; `known` are the names."""
    own = _plain(password)
    words = {word for name in known for word in re.split(r"[\W_]+", name.casefold()) if len(word) >= _SHORTEST_WORD}
    for word in sorted({*words, *COMMON, *_runs_in(own)}, key=len, reverse=True):
        own = own.replace(word, "")
    if len(own) < LEAST_OF_HER_OWN or len(set(own)) < LEAST_DIFFERENT:
        detail = (
            "It is too easy to guess. Leave out names, the login and common passwords: take a sentence of your own."
        )
        raise ValidationFailed.at(pointer, detail, "password_guessable")


def _plain(password: str) -> str:
    return re.sub(r"[\W_]+", "", password.casefold())


def _runs_in(text: str) -> Iterable[str]:
    """Find what was typed along the keyboard or the alphabet."""
    for run in _RUNS:
        start = 0
        while start < len(text):
            end = start + 1
            while end <= len(text) and text[start:end] in run:
                end += 1
            if end - 1 - start >= _SHORTEST_RUN:
                yield text[start : end - 1]
            start = max(end - 1, start + 1)
