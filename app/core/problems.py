"""Problems: every refusal a caller can meet, as an exception with a status and a stable code (RFC 9457).

Pure: knows neither HTTP frameworks nor databases. A slice adds its own in its `domain.py`. A problem never
carries what the caller sent, since that may be clinical text.
"""

import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One wrong place in a request: where (a JSON pointer), what would be right, and a stable code."""

    pointer: str
    detail: str
    code: str


class Problem(Exception):
    """A refusal with a status. Subclasses state `title`; their class name gives the stable code."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    code: ClassVar[str] = "internal_error"

    def __init_subclass__(cls) -> None:
        """Derive the code from the class name, so that the two can never disagree."""
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
        **members: int | str | None,
    ) -> None:
        """Say what happened in `detail`; `members` become extension members of the answer."""
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.members = members

    @property
    def type(self) -> str:
        """The stable address of this kind of problem."""
        return f"/problems/{self.code.replace('_', '-')}"


class BadRequest(Problem):
    """The request cannot be read at all."""

    status = 400
    title = "The request cannot be read"


class Unauthorized(Problem):
    """No credential, or one that is unknown, expired or revoked."""

    status = 401
    title = "Sign in first"

    def __init__(self, detail: str | None = None) -> None:
        """Carry the challenge that RFC 9110 asks for."""
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="stance"'})


class Forbidden(Problem):
    """The caller is known and may see the thing, yet may not do this to it."""

    status = 403
    title = "You may not do this"


class NotFound(Problem):
    """Nothing there, or nothing this caller may know of: the two look the same on purpose."""

    status = 404
    title = "Not found"


class Conflict(Problem):
    """The request fights the present state."""

    status = 409
    title = "This is not possible in the present state"


class PreconditionFailed(Problem):
    """Someone changed the resource since the caller read it."""

    status = 412
    title = "The resource has changed since you read it"

    def __init__(self, current_version: int | None = None) -> None:
        """Name the current version, so that a frontend can fetch it and merge without losing text."""
        super().__init__(
            "Nothing was saved. Read the resource again, merge your changes, and send them with its new ETag.",
            current_version=current_version,
        )


class PreconditionRequired(Problem):
    """A change was asked for without saying which version it changes."""

    status = 428
    title = "Say which version you are changing"


class ContentTooLarge(Problem):
    """The body is larger than the service takes."""

    status = 413
    title = "The request body is too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON in UTF-8."""

    status = 415
    title = "Send the body as application/json"


class ValidationFailed(Problem):
    """The request can be read, but some of it is not right."""

    status = 422
    title = "Some of the request is not right"

    @classmethod
    def at(cls, pointer: str, detail: str, code: str = "invalid") -> "ValidationFailed":
        """Refuse one field, named by its JSON pointer into the body (or `?name` for a query parameter)."""
        return cls(errors=(FieldError(pointer, detail, code),))


_AGAIN = "Try again in a moment. A change with its If-Match or Idempotency-Key is never made twice."


class Busy(Problem):
    """The service cannot take the request now."""

    status = 503
    title = "The service is busy"

    def __init__(self, detail: str | None = None) -> None:
        """Ask the caller to come back in a second."""
        super().__init__(detail or _AGAIN, headers={"Retry-After": "1"})


class OutcomeUnknown(Problem):
    """The database went away while it was saving, so that nobody knows whether it did."""

    status = 503
    title = "It is not known whether this was saved"

    def __init__(self) -> None:
        """Say how to find out, which is safe even when it was saved."""
        super().__init__(
            "Send the same request again with the same Idempotency-Key or If-Match, which never acts twice, "
            "or read what you changed.",
            headers={"Retry-After": "1"},
        )


class InsufficientStorage(Problem):
    """The disk of the record is full. Reading goes on while the reserve lasts."""

    status = 507
    title = "There is no room left to store this"

    def __init__(self) -> None:
        """Say that nothing was saved, and that someone has to make room."""
        super().__init__(
            "Nothing was saved. Keep your text, and tell whoever runs the service that its disk is full.",
            headers={"Retry-After": "30"},
        )


class RequestTimeout(Problem):
    """The request did not arrive in full within the time a request may take."""

    status = 408
    title = "The request took too long to arrive"


class UriTooLong(Problem):
    """The address is longer than any this service has."""

    status = 414
    title = "The address is too long"


class HeadersTooLarge(Problem):
    """The headers are larger than the service takes."""

    status = 431
    title = "The request headers are too large"
