"""The transforms that turn FastAPI's raw OpenAPI document into the one we publish.

Each step takes the document and edits it in place; `shape` runs them all on a copy. They remove what makes
generated clients ugly or wrong (titles, `anyOf` with null, defaults in bodies) and add what FastAPI cannot
know (shared error responses, response headers, integer bounds).
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from app.core.openapi_headers import HEADERS, HEADERS_BY_STATUS, IF_NONE_MATCH, QUOTAS
from app.core.problem_schemas import PROBLEM_JSON, REFUSALS, FieldError, Problem

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ALWAYS_NEEDED = "x-always-needed"
"""How a header says that a request without it is refused, in `json_schema_extra`; it does not reach the document."""
SCHEMA_REF = "#/components/schemas/"
"""How a schema is named by reference."""
_NULL = {"type": "null"}
_EMPTY: tuple[object, ...] = (None, "", [], {})
_INT32 = (-(2**31), 2**31 - 1)
_SAFE_INTEGER = (-(2**53) + 1, 2**53 - 1)
"""What a JavaScript number keeps exactly, which is the most any JSON client can be trusted with."""
_NOT_IN_WORDS = re.compile(r"\W", re.ASCII)
_STREAMS = ("ndjson", "jsonl", "event-stream")
_WENT_WELL = "Successful Response"
_FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")


def shape(document: Json) -> Json:
    """Return the published form of a raw document; the raw one stays as it was."""
    document = copy.deepcopy(document)
    document.setdefault("components", {}).setdefault("schemas", {})
    for step in (
        inject_problem_schemas,
        drop_titles,
        nullable_as_type_list,
        name_enum_values,
        parameters_never_null,
        describe_path_ids,
        header_parameters_in_usual_case,
        binary_as_format,
        streams_as_text,
        body_defaults_in_words,
        drop_read_only,
        bound_integers,
        own_validation_errors,
        full_disk_refusals,
        add_response_headers,
        hoist_refusals,
        scopes_only_on_oauth2,
        security_at_each_operation,
        always_needed_headers,
        conditional_reads,
        answers_in_words,
        sort_responses,
        sort_components,
    ):
        step(document)
    return document


def refusal(status: int) -> Json:
    """Return the response every operation gives for this status."""
    schema = {"$ref": SCHEMA_REF + Problem.__name__}
    return {"description": REFUSALS[status].description, "content": {PROBLEM_JSON: {"schema": schema}}}


def operations(document: Json) -> Iterator[Json]:
    """Walk the operations in reading order."""
    for item in document.get("paths", {}).values():
        yield from (item[method] for method in METHODS if method in item)


def inject_problem_schemas(document: Json) -> None:
    """Add the bodies of refusals, which no route returns."""
    _, definitions = models_json_schema(
        [(Problem, "serialization"), (FieldError, "serialization")], ref_template=SCHEMA_REF + "{model}"
    )
    for name, schema in definitions["$defs"].items():
        document["components"]["schemas"].setdefault(name, schema)


def drop_titles(document: Json) -> None:
    """Drop what Pydantic derives from field names: it says nothing new and names classes in clients."""
    for schema in _schemas(document):
        schema.pop("title", None)


def nullable_as_type_list(document: Json) -> None:
    """Write `anyOf: [T, null]` as `type: [T, null]`, which more tools read; a `$ref` keeps its `anyOf`."""
    for schema in _schemas(document):
        options = schema.get("anyOf", [])
        others = [option for option in options if option != _NULL]
        if len(options) != len(others) + 1 or len(others) != 1 or not isinstance(others[0].get("type"), str):
            continue
        del schema["anyOf"]
        merged = others[0] | schema | {"type": [others[0]["type"], "null"]}
        if "const" in merged:
            merged["enum"] = [merged.pop("const")]
        if "enum" in merged:
            merged["enum"] = [*merged["enum"], None]
        schema.clear()
        schema.update(merged)


def name_enum_values(document: Json) -> None:
    """Name the values that are no words, such as `notes:sign`: the Python client makes `NOTESSIGN` of it otherwise."""
    for schema in _schemas(document):
        values = [value for value in schema.get("enum", []) if value is not None]
        if any(_NOT_IN_WORDS.search(str(value)) for value in values):
            schema["x-enum-varnames"] = [_NOT_IN_WORDS.sub("_", str(value)).upper() for value in values]


def describe_path_ids(document: Json) -> None:
    """Say what an id in a path is the id of, where the route does not."""
    for parameter in _parameters(document):
        if parameter["in"] == "path" and parameter["name"].endswith("_id"):
            thing = parameter["name"].removesuffix("_id").replace("_", " ")
            parameter.setdefault("description", f"The id of the {thing}.")


def parameters_never_null(document: Json) -> None:
    """Take null out of parameters, which cannot carry it, and with it the defaults that mean "absent"."""
    for parameter in _parameters(document):
        schema = parameter["schema"]
        if description := schema.pop("description", None):
            parameter.setdefault("description", description)
        if isinstance(schema.get("type"), list):
            (schema["type"],) = (name for name in schema["type"] if name != "null")
        if None in schema.get("enum", []):
            schema["enum"] = [value for value in schema["enum"] if value is not None]
        others = [option for option in schema.get("anyOf", []) if option != _NULL]
        if len(others) == 1:
            del schema["anyOf"]
            schema.update(others[0])
        elif others:
            schema["anyOf"] = others
        if "default" in schema and schema["default"] in _EMPTY:
            del schema["default"]


def header_parameters_in_usual_case(document: Json) -> None:
    """Write `if-match` as `If-Match`; names that already have capitals stay as their author wrote them."""
    for parameter in _parameters(document):
        if parameter["in"] == "header" and parameter["name"].islower():
            parameter["name"] = "-".join(word.capitalize() for word in parameter["name"].split("-"))


def binary_as_format(document: Json) -> None:
    """Write a file as `format: binary`; client generators take the 3.1 spelling for plain text."""
    for schema in _schemas(document):
        if schema.get("contentMediaType") == "application/octet-stream":
            del schema["contentMediaType"]
            schema["format"] = "binary"


def streams_as_text(document: Json) -> None:
    """Say a stream as text and its items in `x-itemSchema`: only OpenAPI 3.2 has words for it (`itemSchema`)."""
    for operation in operations(document):
        for response in operation["responses"].values():
            for name, media in response.get("content", {}).items():
                if name.endswith(_STREAMS):
                    item = media.pop("itemSchema", None) or media["schema"]
                    # FastAPI writes the type of a plain answer beside the reference to the item.
                    item = {"$ref": item["$ref"]} if "$ref" in item else item
                    # Redocly sees no reference in an extension, and would call the schema unused.
                    named = {"contentSchema": dict(item)} if "$ref" in item else {}
                    binary = {} if name == "text/event-stream" else {"format": "binary"}
                    media.update({"schema": {"type": "string", **binary, **named}, "x-itemSchema": item})


def body_defaults_in_words(document: Json) -> None:
    """Say the defaults of bodies in the description: openapi-typescript makes such a field required."""
    kept = {id(parameter["schema"]) for parameter in _parameters(document)}
    outermost_first = reversed(list(_schemas(document)))
    for schema in outermost_first:
        optional = schema.get("properties", {}).keys() - set(schema.get("required", []))
        for field in (schema["properties"][name] for name in optional):
            if field.get("default") not in _EMPTY and "description" in field:
                field["description"] += f" Default: `{json.dumps(field['default'], ensure_ascii=False)}`."
        if id(schema) not in kept:
            schema.pop("default", None)


def drop_read_only(document: Json) -> None:
    """Drop `readOnly`: requests and answers are separate models here, and some clients write twins for it."""
    for schema in _schemas(document):
        schema.pop("readOnly", None)


def bound_integers(document: Json) -> None:
    """Give every integer a format and both bounds, so that a typed client knows which type holds it."""
    for schema in _schemas(document):
        kind = schema.get("type")
        if "integer" not in (kind if isinstance(kind, list) else [kind]) or schema.keys() & {"enum", "const"}:
            continue
        stated = [
            schema[word] for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if word in schema
        ]
        small = all(_INT32[0] <= bound <= _INT32[1] for bound in stated)
        low, high = _INT32 if schema.setdefault("format", "int32" if small else "int64") == "int32" else _SAFE_INTEGER
        if "exclusiveMinimum" not in schema:
            schema.setdefault("minimum", low)
        if "exclusiveMaximum" not in schema:
            schema.setdefault("maximum", high)


def own_validation_errors(document: Json) -> None:
    """Put our 422 where FastAPI wrote its own, and drop the two schemas that only it used."""
    foreign = {"$ref": SCHEMA_REF + _FASTAPI_ERRORS[0]}
    for operation in operations(document):
        response = operation["responses"].get("422", {})
        if any(media.get("schema") == foreign for media in response.get("content", {}).values()):
            operation["responses"]["422"] = refusal(422)
    for name in _FASTAPI_ERRORS:
        document["components"]["schemas"].pop(name, None)


def full_disk_refusals(document: Json) -> None:
    """Let every operation that may write answer that the disk is full; one for all, so that none is forgotten."""
    for item in document.get("paths", {}).values():
        for method in ("put", "post", "patch", "delete"):
            if method in item:
                item[method]["responses"].setdefault("507", refusal(507))


def add_response_headers(document: Json) -> None:
    """Name the headers of every response by reference, and declare those that are used."""
    used = document["components"].setdefault("headers", {})
    for operation in operations(document):
        replayable = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
        for status, response in operation["responses"].items():
            headers = response.get("headers", {})
            names = [*headers, *_headers_of(document, status, response)]
            if "429" in operation["responses"] and status.startswith("2"):
                names += QUOTAS
            if "401" in operation["responses"] and status.startswith("2"):
                names.append("Emergency-Access")
            if replayable and status.startswith("2"):
                names.append("Idempotency-Replayed")
            response["headers"] = headers | {
                name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names) if name in HEADERS
            }
            used.update({name: copy.deepcopy(HEADERS[name]) for name in names if name in HEADERS})


def hoist_refusals(document: Json) -> None:
    """Share one response for each refused status; one that says something of its own stays where it is."""
    shared = document["components"].setdefault("responses", {})
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if not status.isdecimal() or int(status) not in REFUSALS:
                continue
            name = REFUSALS[int(status)].name
            plain = {key: value for key, value in response.items() if key != "headers"}
            usual = {f"#/components/headers/{header}" for header in _headers_of(document, status, response)}
            if plain == refusal(int(status)) and {h.get("$ref") for h in response["headers"].values()} == usual:
                shared[name] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def scopes_only_on_oauth2(document: Json) -> None:
    """Empty the scopes of bearer tokens and API keys; OpenAPI 3.0 tools refuse them there."""
    schemes = document["components"].get("securitySchemes", {})
    for operation in operations(document):
        for requirement in operation.get("security", []):
            for name in requirement:
                if schemes[name]["type"] not in ("oauth2", "openIdConnect"):
                    requirement[name] = []


def security_at_each_operation(document: Json) -> None:
    """Repeat at each operation what holds for all: some clients look nowhere else, and would send no token."""
    for operation in operations(document):
        operation.setdefault("security", copy.deepcopy(document.get("security", [])))


def always_needed_headers(document: Json) -> None:
    """Say that a header is required which the service treats as optional, to refuse its absence in its own words."""
    for parameter in _parameters(document):
        if parameter["schema"].pop(ALWAYS_NEEDED, False):
            parameter["required"] = True


def conditional_reads(document: Json) -> None:
    """Say that a read which answers an `ETag` takes `If-None-Match` and may answer 304."""
    for operation in (item["get"] for item in document["paths"].values() if "get" in item):
        if "ETag" in operation["responses"].get("200", {}).get("headers", {}):
            operation.setdefault("parameters", []).append(copy.deepcopy(IF_NONE_MATCH))
            operation["responses"]["304"] = {"$ref": "#/components/responses/NotModified"}
            document["components"].setdefault("responses", {})["NotModified"] = {
                "description": "The caller already holds this version; there is no body.",
                "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "X-Request-Id")},
            }


def answers_in_words(document: Json) -> None:
    """Describe an answer by what is in it, where the route says nothing better than that it went well."""
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if response.get("description") == _WENT_WELL:
                response["description"] = "Done; the answer has no body." if status == "204" else "Done."
                for media in response.get("content", {}).values():
                    name = media.get("schema", {}).get("$ref", "").removeprefix(SCHEMA_REF)
                    words = document["components"]["schemas"].get(name, {}).get("description", "Done.")
                    response["description"] = words.partition("\n\n")[0].replace("\n", " ")


def sort_responses(document: Json) -> None:
    """Order the answers of an operation by status: a router's own come last otherwise."""
    for operation in operations(document):
        operation["responses"] = dict(sorted(operation["responses"].items()))


def sort_components(document: Json) -> None:
    """Order the components by name and leave out empty sections, so that a diff shows only real changes."""
    sections = sorted(document["components"].items())
    document["components"] = {section: dict(sorted(parts.items())) for section, parts in sections if parts}


def _headers_of(document: Json, status: str, response: Json) -> Iterator[str]:
    yield "X-Request-Id"
    yield from HEADERS_BY_STATUS.get(status, [])
    if status.startswith("4"):
        yield from QUOTAS
    if status not in ("200", "201"):
        return
    reference = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    model = document["components"]["schemas"].get(reference.removeprefix(SCHEMA_REF), {})
    fields = model.get("properties", {})
    if fields.get("version", {}).get("type") == "integer":
        yield "ETag"
    if status == "200" and "next_cursor" in fields:
        yield "Link"


def _parameters(document: Json) -> Iterator[Json]:
    for operation in operations(document):
        yield from (parameter for parameter in operation.get("parameters", []) if "schema" in parameter)


def _schemas(document: Json) -> Iterator[Json]:
    """Walk every schema, the innermost first. Examples, defaults and enum values are not schemas."""
    for schema in document["components"]["schemas"].values():
        yield from _inside(schema)
    for parameter in _parameters(document):
        yield from _inside(parameter["schema"])
    for operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            yield from _inside(media.get("schema", {}))


def _inside(schema: Json) -> Iterator[Json]:
    for word in ("properties", "patternProperties", "$defs"):
        for child in schema.get(word, {}).values():
            yield from _inside(child)
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for child in schema.get(word, []):
            yield from _inside(child)
    for word in ("items", "additionalProperties", "propertyNames", "not"):
        if isinstance(child := schema.get(word), dict):
            yield from _inside(child)
    yield schema
