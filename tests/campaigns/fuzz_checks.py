"""What schemathesis cannot know: which refusals are the house's own rules, and which version a resource has by now."""

import itertools
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

SCHEMA_KINDS = (
    "extra_forbidden", "enum", "literal_error", "union_tag_", "string_", "bool_", "float_", "list_", "dict_",
    "model_", "uuid_", "date_from_", "datetime_from_", "greater_than", "less_than", "too_short", "too_long", "json_",
)  # fmt: skip
"""Refusals the document must have foretold. Not `int_type`: JSON Schema takes 10.0 for an integer, the service not."""
MISSING = "Field required."
"""What a field that was left out is told; the house's rules use the same code with words of their own."""

_versions: dict[str, str] = {}
_turns = itertools.count()


@schemathesis.check
def valid_cases_are_refused_by_rules_only(_context: Any, response: Any, case: Any) -> None:
    """Fail when a case that fits the document is refused for its shape: the document and the service disagree."""
    if response.status_code != 422 or not _is_valid(case):
        return
    errors = response.json()["errors"]
    broken = [error["code"] for error in errors if error["code"].startswith(SCHEMA_KINDS) or error["detail"] == MISSING]
    assert not broken, f"a case that fits the document was refused for {', '.join(broken)}"


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Remember the version of what was just read or changed."""
    for etag in response.headers.get("etag", []) if 200 <= response.status_code < 300 else []:
        _versions[_resource_of(case)] = etag


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: dict[str, Any]) -> None:
    """Name the right version in two of three valid changes, so that they are not all refused with 412."""
    if case.headers and "If-Match" in case.headers and _is_valid(case) and next(_turns) % 3:
        case.headers["If-Match"] = _versions.get(_resource_of(case), case.headers["If-Match"])


def _is_valid(case: Any) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _resource_of(case: Any) -> str:
    """Return the path up to the last id: `/v1/notes/7/sign` changes `/v1/notes/7`."""
    template, path = case.path.split("/"), case.formatted_path.split("/")
    last = max((index for index, part in enumerate(template) if part.startswith("{")), default=len(path) - 1)
    return "/".join(path[: last + 1])
