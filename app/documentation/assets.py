"""The files behind the documentation pages: two vendored viewers and our own few lines, nothing from elsewhere."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_VENDORED = ("scalar-1.72.1.js", "swagger-ui-5.35.0.js", "swagger-ui-5.35.0.css")
_OWN = ("before-scalar.js", "start-scalar.js", "start-swagger.js", "pages.css", "stance.svg")
NAMES = (*_VENDORED, *_OWN)


@dataclass(frozen=True)
class Asset:
    """One file; a vendored one carries its version in its name and never changes."""

    media_type: str
    is_fixed: bool
    gzipped: bytes

    @property
    def plain(self) -> bytes:
        """The file for the rare client that cannot unpack."""
        return gzip.decompress(self.gzipped)


@cache
def asset(name: str) -> Asset:
    """Read one of `NAMES`, once."""
    if name in _VENDORED:
        gzipped = (_FOLDER / "vendored" / f"{name}.gz").read_bytes()
    else:
        gzipped = gzip.compress((_FOLDER / "own" / name).read_bytes(), mtime=0)
    return Asset(_TYPES[Path(name).suffix], name in _VENDORED, gzipped)


def hashes() -> Mapping[str, str]:
    """Return the SHA-256 of every vendored file, as it was when it was taken."""
    lines = (_FOLDER / "vendored" / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}
