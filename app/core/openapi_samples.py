"""Code beside every operation, in the languages of `core.openapi_code`, told with the document's own examples.

Docs read the samples as `x-codeSamples`, people copy them, and a test runs each one against a real server.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from app.core.openapi_code import LANGUAGES, Call
from app.core.openapi_shape import METHODS, SCHEMA_REF, Json

WORD = "x-codeSamples"
"""Where Scalar and Redoc look for samples."""
FORM = "application/x-www-form-urlencoded"
"""How the one body that is no JSON is sent: RFC 6749 asks for it."""


def show_samples(document: Json) -> None:
    """Put a sample in each language on every operation."""
    for path, method, operation in _operations(document):
        call = call_of(document, path, method)
        operation[WORD] = [{"lang": lang, "label": label, "source": write(call)} for lang, label, write in LANGUAGES]


def without_samples(document: Json) -> Json:
    """Return the document as machines want it, which have no use for samples."""
    paths = {
        path: {name: _without(part) if name in METHODS else part for name, part in item.items()}
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def _without(operation: Json) -> Json:
    return {key: value for key, value in operation.items() if key != WORD}


def call_of(document: Json, path: str, method: str) -> Call:
    """Return the request that the examples of an operation describe."""
    operation = document["paths"][path][method]
    parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
    query = {
        name: parameter["schema"]["examples"][0]
        for name, parameter in parameters.items()
        if parameter["in"] == "query" and "examples" in parameter["schema"]
    }
    media_type, media = next(iter(_answer_of(operation).get("content", {"": {}}).items()))
    # Where a PUT may create, the sample does: there is no version yet.
    has_version = "If-Match" in parameters and "201" not in operation["responses"]
    return Call(
        operation_id=operation["operationId"],
        method=method,
        url=example_path(document, path) + (f"?{urlencode(query, safe=':')}" if query else ""),
        is_public=operation["security"] == [],
        is_repeatable="Idempotency-Key" in parameters,
        version=_version_of(document, path) if has_version else None,
        body=_shown(operation.get("requestBody", {})),
        form=_shown(operation.get("requestBody", {}), FORM) or {},
        answer=media_type,
        name=_name_of(media),
    )


def example_path(document: Json, path: str) -> str:
    """Fill a path with the ids of the examples, so that the samples tell their story too."""
    return re.sub(r"\{(\w+)\}", lambda found: str(_example_of_parameter(document, found[1])), path)


def _example_of_parameter(document: Json, name: str) -> Any:
    """Return what an answer about the thing calls this parameter, or the id of the thing."""
    about = [
        (path, _shown(_answer_of(operation)))
        for path, _, operation in _operations(document)
        if f"{{{name}}}" in path and isinstance(_shown(_answer_of(operation)), dict)
    ]
    about.sort(key=lambda entry: not entry[0].endswith(f"{{{name}}}"))
    shown = about[0][1] if about else {}
    return shown.get(name) or shown.get("id", name)


def _version_of(document: Json, path: str) -> int:
    """Return the version in the example of what a change changes: what is read at its path, or the nearest above."""
    while "get" not in document["paths"].get(path, {}):
        path = path.rpartition("/")[0]
    version: int = _shown(_answer_of(document["paths"][path]["get"])).get("version", 1)
    return version


def _answer_of(operation: Json) -> Json:
    answer: Json = next(answer for status, answer in sorted(operation["responses"].items()) if status.startswith("2"))
    return answer


def _shown(body: Json, media_type: str = "application/json") -> Any:
    """Return the example of a body, the first where there are several."""
    media = body.get("content", {}).get(media_type, {})
    if "examples" in media:
        return next(iter(media["examples"].values()))["value"]
    return media.get("example")


def _name_of(media: Json) -> str:
    if "has_more" in (media.get("example") or ()):
        return "page"
    name = str(media.get("schema", {}).get("$ref", "")).removeprefix(SCHEMA_REF)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if method in item)
