"""Puts an example on every body of the document: at the media type, where docs, collections and mock servers look.

A body shows the example of its schema. Lists and pages are put together from the examples of their items, refusals
show one problem for each status.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

from app.core.openapi_shape import SCHEMA_REF, Json, operations
from app.core.problem_examples import PROBLEM_EXAMPLES
from app.core.problem_schemas import PROBLEM_JSON, REFUSALS

_NULL = {"type": "null"}
_SHOWN = ("example", "examples")


class NoExample(LookupError):
    """The schema holds words, and nobody has written an example of them."""


def show_examples(document: Json) -> None:
    """Show an example of each body that has none of its own and whose schema has one."""
    for status, name, media in _bodies(document):
        if any(word in media for word in _SHOWN):
            continue
        if name == PROBLEM_JSON and status in PROBLEM_EXAMPLES:
            media["example"] = copy.deepcopy(PROBLEM_EXAMPLES[status])
            continue
        try:
            media["example"] = _shown(document, name, media)
        except NoExample:
            continue


def without_example(document: Json) -> list[str]:
    """Name the schema of every body that shows no example."""
    silent = (media["schema"] for _, _, media in _bodies(document) if not any(word in media for word in _SHOWN))
    return sorted({str(schema.get("$ref", schema)).removeprefix(SCHEMA_REF) for schema in silent})


def example_of(document: Json, schema: Json) -> Any:
    """Return the example of a schema, put together from those of its parts where it has none itself."""
    if "$ref" in schema:
        return example_of(document, document["components"]["schemas"][schema["$ref"].removeprefix(SCHEMA_REF)])
    for stated in ("examples", "enum"):
        if stated in schema:
            return schema[stated][0]
    if _NULL in schema.get("anyOf", []) or "null" in schema.get("type", ""):
        return None
    return _composed(document, schema)


def _shown(document: Json, name: str, media: Json) -> Any:
    if "x-itemSchema" in media:
        item = example_of(document, media["x-itemSchema"])
        line = json.dumps(item) + "\n"
        if name != "text/event-stream":
            return line
        return f"data: {line}id: {item['id']}\n\n" if "id" in item else f"data: {line}\n"
    return copy.deepcopy(example_of(document, media["schema"]))


def _composed(document: Json, schema: Json) -> Any:
    if schema.get("type") == "boolean":
        return False
    if schema.get("type") == "array":
        return [example_of(document, schema["items"])] * max(schema.get("minItems", 1), 1)
    if "properties" in schema:
        return {name: example_of(document, field) for name, field in schema["properties"].items()}
    raise NoExample


def _bodies(document: Json) -> Iterator[tuple[int | None, str, Json]]:
    """Walk all bodies: the status they come with (None for a request), their media type, and what is said of them."""
    found: list[tuple[int | None, Json]] = []
    for operation in operations(document):
        found.append((None, operation.get("requestBody", {})))
        found += [(int(status), response) for status, response in operation["responses"].items() if status.isdecimal()]
    shared = document["components"].get("responses", {})
    found += [(status, shared.get(refusal.name, {})) for status, refusal in REFUSALS.items()]
    for status, body in found:
        for name, media in body.get("content", {}).items():
            yield status, name, media
