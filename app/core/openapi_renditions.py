"""The other forms of the published document: YAML, OpenAPI 3.0.3 and OpenAPI 3.2.

3.0.3 is for generators that know nothing newer; it says the same of every path and leaves out webhooks. 3.2 is for
tools that understand streams. All are made from the one document, so they cannot drift from it.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from app.core.openapi_samples import without_samples

Json = dict[str, Any]

_NULL = {"type": "null"}
_VERBATIM = ("example", "default", "enum", "const")
"""What stands under these words is a value and no part of the document's structure."""
_NAMED = ("properties", "schemas", "responses", "headers", "parameters", "paths", "securitySchemes", "requestBodies")
"""What stands under these words is keyed by names that may look like keywords."""
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_UNSAYABLE = {
    *("$defs", "if", "patternProperties", "propertyNames", "unevaluatedProperties", "prefixItems"),
    *("contentMediaType", "itemSchema"),
}
_EVENT_STREAM = "text/event-stream"
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_/.()'-]*(?: [A-Za-z0-9_/.()'-]+)*")
_YAML_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


class Unsayable(ValueError):
    """OpenAPI 3.0 has no words for this; write the schema another way."""


def as_json(document: Json) -> str:
    """Write a document as JSON, one line for each value, so that a difference is easy to read."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_yaml(document: Json) -> str:
    """Write a document as YAML 1.2: the same order, block style, strings in quotes wherever a reader might doubt."""
    return "\n".join(_yaml_lines(document, "")) + "\n"


def as_30(document: Json) -> Json:
    """Say a document in OpenAPI 3.0.3."""
    older: Json = _older(
        {key: value for key, value in document.items() if key not in ("webhooks", "jsonSchemaDialect")}
    )
    older["openapi"] = "3.0.3"
    older["info"].pop("summary", None)
    older["info"].get("license", {}).pop("identifier", None)
    _keep_used_schemas(older)
    _name_types_of_nullable(older)
    _open_answers(older)
    _call_pictures_files(older)
    return older


def as_32(document: Json) -> Json:
    """Say a document in OpenAPI 3.2, where a stream names the schema of its items."""
    newer = copy.deepcopy(document)
    newer["openapi"] = "3.2.0"
    for node in _objects(newer):
        if _EVENT_STREAM in node and "x-itemSchema" in node[_EVENT_STREAM]:
            node[_EVENT_STREAM]["x-itemSchema"] = _server_sent(node[_EVENT_STREAM]["x-itemSchema"])
        if "x-itemSchema" in node:
            node.pop("schema", None)
            node["itemSchema"] = node.pop("x-itemSchema")
    return newer


def _server_sent(item: Json) -> Json:
    """Return the schema of a server-sent event whose data is this item in JSON (OpenAPI 3.2.0, section 4.14.4)."""
    return {
        "type": "object",
        "description": "A server-sent event.",
        "required": ["data"],
        "properties": {
            "id": {"type": "string", "maxLength": 64, "description": "The position, for `Last-Event-ID`."},
            "retry": {
                "type": "integer",
                "format": "int32",
                "minimum": 0,
                "maximum": 60_000,
                "description": "How many milliseconds to wait before coming back.",
            },
            "data": {
                "type": "string",
                "maxLength": 10_000,
                "contentMediaType": "application/json",
                "contentSchema": item,
                "description": "What is told, in JSON.",
            },
        },
    }


RENDITIONS: dict[str, Callable[[Json], str]] = {
    "openapi.json": as_json,
    "openapi.yaml": as_yaml,
    "openapi-3.0.json": lambda document: as_json(as_30(without_samples(document))),
    "openapi-3.2.json": lambda document: as_json(as_32(without_samples(document))),
}
"""The committed files, and how each is written from the document. Only people read samples, and they read 3.1."""


def _older(node: Any, under: str = "") -> Any:
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    if under in _NAMED:
        return {name: _older(child) for name, child in node.items()}
    if under == "examples":
        return copy.deepcopy(node)
    older = {
        key: copy.deepcopy(value) if key in _VERBATIM or _is_values(key, value) else _older(value, key)
        for key, value in node.items()
    }
    return _older_schema(older)


def _is_values(key: str, value: Any) -> bool:
    return key == "examples" and isinstance(value, list)


def _older_schema(node: Json) -> Json:
    for union in ("anyOf", "oneOf"):
        if _NULL in node.get(union, []):
            _null_out_of_union(node, union)
    if isinstance(node.get("type"), list):
        _null_out_of_type(node)
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if isinstance(node.get("examples"), list):
        node.setdefault("example", node.pop("examples")[0])
    for exclusive in _BOUNDS.keys() & node.keys():
        node[_BOUNDS[exclusive]], node[exclusive] = node[exclusive], True
    node.pop("contentSchema", None)  # says in 3.1 what `x-itemSchema` says here too
    if found := _UNSAYABLE & node.keys():
        raise Unsayable(f"{', '.join(sorted(found))} in {json.dumps(node)[:200]}")
    return {"allOf": [{"$ref": node.pop("$ref")}], **node} if "$ref" in node and len(node) > 1 else node


def _null_out_of_type(node: Json) -> None:
    kinds = [kind for kind in node["type"] if kind != "null"]
    if len(kinds) != 1:
        raise Unsayable(f"a value of several types: {node['type']}")
    if "null" in node["type"]:
        node["nullable"] = True
    node["type"] = kinds[0]


def _null_out_of_union(node: Json, union: str) -> None:
    others = [option for option in node.pop(union) if option != _NULL]
    node["nullable"] = True
    if len(others) > 1:
        node[union] = others
    else:
        node["allOf"] = others


def _keep_used_schemas(document: Json) -> None:
    """Drop the schemas that only webhooks named."""
    schemas = document.get("components", {}).get("schemas", {})
    while unused := schemas.keys() - {ref.rpartition("/")[2] for ref in _references(document)}:
        for name in unused:
            del schemas[name]


def _name_types_of_nullable(document: Json) -> None:
    """Repeat the type of a schema beside `nullable`, which means nothing without one."""
    for node in _objects(document):
        if node.get("nullable") and "type" not in node and len(node.get("allOf", [])) == 1:
            name = node["allOf"][0]["$ref"].rpartition("/")[2]
            node["type"] = document["components"]["schemas"][name]["type"]


def _open_answers(document: Json) -> None:
    """Leave room for new fields in answers: Go's generated clients refuse a field that a closed schema lacks."""
    components = document.get("components", {})
    schemas = components.get("schemas", {})
    answers = [components.get("responses", {}), *(node.get("responses", {}) for node in _objects(document["paths"]))]
    answered: set[str] = set()
    while answers:
        found = {ref.rpartition("/")[2] for node in answers for ref in _references(node)} & schemas.keys() - answered
        answered |= found
        answers = [schemas[name] for name in found]
    for name in answered:
        if schemas[name].get("additionalProperties") is False:
            del schemas[name]["additionalProperties"]


def _call_pictures_files(document: Json) -> None:
    """Call a picture a file, although it is text inside: Java's generated clients read any other string as JSON."""
    operations = (node for path in document["paths"].values() for node in path.values() if "responses" in node)
    contents = (answer.get("content", {}) for node in operations for answer in node["responses"].values())
    for media_type, media in (item for content in contents for item in content.items()):
        if media_type.startswith("image/") and media.get("schema", {}).get("type") == "string":
            media["schema"]["format"] = "binary"


def _references(node: Any) -> Iterator[str]:
    for found in _objects(node):
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        yield from (found.get("discriminator") or {}).get("mapping", {}).values()


def _objects(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(child)


def _yaml_lines(node: Any, indent: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _yaml_entry(f"{indent}{_yaml_scalar(key)}:", value, indent + "  ")
    else:
        for item in node:
            if isinstance(item, dict | list) and item:
                first, *rest = _yaml_lines(item, indent + "  ")
                yield f"{indent}- {first.lstrip(' ')}"
                yield from rest
            else:
                yield from _yaml_entry(f"{indent}-", item, indent + "  ")


def _yaml_entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        yield from _yaml_lines(value, indent)
    elif _is_block(value):
        yield f"{head} |-"
        yield from (f"{indent}{line}" if line else "" for line in value.split("\n"))
    else:
        yield f"{head} {_yaml_scalar(value)}"


def _is_block(value: Any) -> bool:
    """Tell whether a text is prose of several lines, which reads best unquoted."""
    return (
        isinstance(value, str)
        and "\n" in value
        and value == value.strip()
        and all(line == line.rstrip() and line.isprintable() for line in value.split("\n"))
    )


def _yaml_scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _YAML_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
