"""What a request body may be: JSON in UTF-8, of a size and depth that can be read, that says everything once.

Parsers guess encodings, take the last of two equal keys and read `NaN`; two programs that guess differently see two
different records. So a body that leaves room for guesses is refused before anyone parses it.
"""

import codecs
import json
import re
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from app.core.nesting import DEEPEST, nests_too_deep
from app.core.problems import BadRequest, ContentTooLarge, UnsupportedMediaType

JSON = re.compile(r'application/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?', re.ASCII | re.IGNORECASE)
FORM = re.compile(
    r'application/x-www-form-urlencoded\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?', re.ASCII | re.IGNORECASE
)
"""What may stand in `Content-Type`."""
_NOT_FORM = "This address takes application/x-www-form-urlencoded."
_NOT_JSON = "The body is not valid JSON in UTF-8."


def refuse_unfit(headers: Headers, max_body_bytes: int, media_type: re.Pattern[str] = JSON) -> None:
    """Refuse a body by its headers; one that states no size is counted by Starlette while it comes in."""
    size = headers.get("content-length", "0")
    if size.isdecimal() and int(size[:19]) > max_body_bytes:
        raise ContentTooLarge
    if size == "0" and "transfer-encoding" not in headers:
        return
    if not media_type.fullmatch(headers.get("content-type", "").strip()):
        raise UnsupportedMediaType if media_type is JSON else UnsupportedMediaType(_NOT_FORM)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


def strict_json(receive: Receive) -> Receive:
    """Pass a body on while it is UTF-8 as RFC 8259 wants it, and its end only when it is JSON that says all once."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces: list[str] = []

    async def receive_strictly() -> Message:
        message = await receive()
        if message["type"] != "http.request":
            return message
        is_last = not message.get("more_body", False)
        try:
            piece = decoder.decode(message.get("body", b""), final=is_last)
        except UnicodeDecodeError:
            raise BadRequest(_NOT_JSON) from None
        # A NUL is the mark of UTF-16, and no text here may hold one; a byte order mark is not JSON.
        if "\x00" in piece or (not pieces and piece.startswith("\ufeff")):
            raise BadRequest(_NOT_JSON)
        if piece:
            pieces.append(piece)
        if is_last and pieces:
            _check("".join(pieces))
        return message

    return receive_strictly


def _check(text: str) -> None:
    if nests_too_deep(text):
        raise BadRequest(f"The body nests deeper than {DEEPEST} levels.")
    try:
        _DECODER.decode(text)
    except ValueError:  # also an integer of thousands of digits
        raise BadRequest(_NOT_JSON) from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise BadRequest("The body names a field twice in one object.")


def _refuse_constant(_constant: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repetition, parse_constant=_refuse_constant)
"""Kept, because making one takes longer than reading a small body."""
