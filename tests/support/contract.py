"""The contract as a check: every answer any test gets must be what the OpenAPI document promises."""

import copy
import functools
import json
from typing import Any

import httpx
import jsonschema_rs
from fastapi import FastAPI
from starlette.routing import compile_path


class Contract:
    """Checks answers against one OpenAPI document, and refuses fields that it does not tell of."""

    def __init__(self, app: FastAPI) -> None:
        self._document = copy.deepcopy(app.openapi())
        for schema in self._document["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self._paths = [(compile_path(path)[0], path) for path in self._document["paths"]]
        # A path without parameters is meant before one with.
        self._paths.sort(key=lambda entry: entry[1].count("{"))
        self._validator_of = functools.cache(self._make_validator)

    async def check(self, response: httpx.Response) -> None:
        """Fail when status, media type or body are not documented for the operation."""
        await response.aread()
        request = response.request
        path = next((template for pattern, template in self._paths if pattern.match(request.url.path)), None)
        operation = path and self._document["paths"][path].get(request.method.lower())
        if not operation or response.status_code == 405:
            assert response.headers["content-type"] == "application/problem+json"
            self._check_body("Problem", response)
            return
        where = f"{request.method} {path} -> {response.status_code}"
        if response.status_code == 304:
            assert not response.content, where
            return
        assert str(response.status_code) in operation["responses"], f"undocumented: {where}"
        documented = self._resolved(operation["responses"][str(response.status_code)])
        content = documented.get("content", {})
        if not content:
            assert not response.content, where
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"undocumented media type {media_type}: {where}"
        for header in documented.get("headers", {}):
            if header in {"X-Request-Id", "ETag", "Location"}:
                assert header in response.headers, f"missing {header}: {where}"
        if "x-itemSchema" in content[media_type]:
            for item in _items_of(response, media_type):
                self._check_value(content[media_type]["x-itemSchema"], item, where)
        elif media_type.endswith("json"):
            self._check_schema(content[media_type]["schema"], response, where)

    def _check_body(self, schema: str, response: httpx.Response) -> None:
        self._check_schema({"$ref": f"#/components/schemas/{schema}"}, response, str(response.status_code))

    def _check_schema(self, schema: dict[str, Any], response: httpx.Response, where: str) -> None:
        self._check_value(schema, response.json(), where)

    def _check_value(self, schema: dict[str, Any], value: Any, where: str) -> None:
        error = next(self._validator_of(json.dumps(schema)).iter_errors(value), None)
        assert error is None, f"{where}: {error and error.message} at {error and list(error.instance_path)}"

    def _make_validator(self, schema: str) -> Any:
        return jsonschema_rs.Draft202012Validator(
            {**json.loads(schema), "components": self._document["components"]}, validate_formats=True
        )

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            *_, kind, name = node["$ref"].split("/")
            node = self._document["components"][kind][name]
        return node


def _items_of(response: httpx.Response, media_type: str) -> list[Any]:
    """Return what a stream told, one by one."""
    mark = "data: " if media_type == "text/event-stream" else ""
    return [json.loads(line.removeprefix(mark)) for line in response.text.splitlines() if line.startswith(mark)]
