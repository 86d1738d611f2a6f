"""How a request is written in curl, in Python with httpx and in TypeScript with fetch, as a person would write it.

The samples share two names, which the description of the document explains: the address of the service and the token.
"""

import json
import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 76
"""Characters in a line: about what docs show beside an operation."""
_KEYS = uuid.UUID("6c1f5f52-1d3a-5a6e-9a53-0d8f2f0d7c11")
"""For the `Idempotency-Key` of curl samples: another for each operation, the same each time the document is made."""


@dataclass(frozen=True)
class Call:
    """What a sample asks for, in no language yet."""

    operation_id: str
    method: str
    url: str
    """The path with the ids of the examples, and the query."""
    is_public: bool = False
    is_repeatable: bool = False
    """Whether it takes an `Idempotency-Key`."""
    version: int | None = None
    """The version it is based on, where `If-Match` names one."""
    body: Any = None
    """What is sent as JSON."""
    form: dict[str, str] = field(default_factory=dict)
    """What is sent as a form."""
    answer: str = "application/json"
    """The media type of what comes back; empty when nothing does."""
    name: str = "answer"
    """What a programmer calls what comes back, in snake_case."""

    @property
    def is_sign_in(self) -> bool:
        """Tell whether it answers the token that the other samples send."""
        return self.is_public and self.name == "access_token"

    @property
    def is_live(self) -> bool:
        """Tell whether the answer goes on for as long as somebody listens."""
        return self.answer == "text/event-stream"

    @property
    def is_lines(self) -> bool:
        """Tell whether the answer is one JSON document a line."""
        return self.answer.endswith("ndjson")

    @property
    def file(self) -> str:
        """Return the name under which to keep an answer that is a picture."""
        return self.url.rpartition("/")[2] if self.answer.startswith("image/") else ""


@dataclass(frozen=True)
class _Notation:
    """How a language writes values down."""

    words: dict[Any, str] = field(default_factory=lambda: {None: "null", True: "true", False: "false"})
    is_quoting_keys: bool = True
    edge: str = ""
    """What stands inside the braces of an object on one line."""
    last_comma: str = ","

    def write(self, value: Any, indent: str = "", before: int = 0) -> str:
        """Write a value on one line if it fits behind what is there `before`, else one entry a line."""
        flat = self._flat(value)
        if not isinstance(value, dict | list) or not value or before + len(flat) <= _WIDTH:
            return flat
        inner = indent + "  " if self.edge or not self.last_comma else indent + "    "
        heads = [f"{self._key(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
        entries = value.values() if isinstance(value, dict) else value
        lines = [
            inner + head + self.write(entry, inner, len(inner) + len(head) + 1)
            for head, entry in zip(heads, entries, strict=True)
        ]
        left, right = "{}" if isinstance(value, dict) else "[]"
        return f"{left}\n" + ",\n".join(lines) + f"{self.last_comma}\n{indent}{right}"

    def _flat(self, value: Any) -> str:
        if isinstance(value, dict):
            entries = ", ".join(f"{self._key(key)}: {self._flat(entry)}" for key, entry in value.items())
            return f"{{{self.edge}{entries}{self.edge}}}"
        if isinstance(value, list):
            return f"[{', '.join(self._flat(entry) for entry in value)}]"
        if value is None or isinstance(value, bool):
            return self.words[value]
        return json.dumps(value, ensure_ascii=False)

    def _key(self, key: str) -> str:
        return json.dumps(key) if self.is_quoting_keys or not key.isidentifier() else key


_JSON = _Notation(last_comma="")
_PYTHON = _Notation(words={None: "None", True: "True", False: "False"})
_TYPESCRIPT = _Notation(is_quoting_keys=False, edge=" ")


def curl(call: Call) -> str:
    """Write a call as a shell command."""
    is_plain = call.method == "get" or (call.method == "post" and (call.body is not None or call.form))
    options = ("" if is_plain else f" -X {call.method.upper()}") + (" -N" if call.is_live else "")
    parts = [f'curl{options} "$BASE_URL{call.url}"']
    if not call.is_public:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if call.version is not None:
        parts.append(f"-H 'If-Match: \"{call.version}\"'")
    if call.is_repeatable:
        parts.append(f"-H 'Idempotency-Key: {uuid.uuid5(_KEYS, call.operation_id)}'")
    if call.body is not None:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d {shlex.quote(_JSON.write(call.body, '  ', len('  -d ')))}")
    parts += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in call.form.items()]
    if call.file:
        parts.append(f"-o {call.file}")
    return " \\\n  ".join(parts)


def python(call: Call) -> str:
    """Write a call as Python, with httpx."""
    is_stream = call.is_live or call.is_lines
    lines = [*_python_imports(call), ""]
    begin = f'with httpx.stream("{call.method.upper()}", ' if is_stream else f"response = httpx.{call.method}("
    end = ") as response:" if is_stream else ")"
    arguments = _python_arguments(call)
    flat = begin + ", ".join(arguments) + end
    if len(flat) <= _WIDTH and "\n" not in flat:
        lines.append(flat)
    else:
        first, separator, method = begin.rstrip().rpartition("(")
        lines += [f"{first}{separator}", *([f"    {method}"] if method else [])]
        lines += [*(f"    {argument}," for argument in arguments), end]
    inner = "    " if is_stream else ""
    lines.append(f"{inner}response.raise_for_status()")
    return "\n".join([*lines, *_python_result(call)])


def _python_imports(call: Call) -> list[str]:
    modules = ["json"] if call.is_lines else ["uuid"] if call.is_repeatable else []
    standard = [f"import {module}" for module in modules]
    standard += ["from pathlib import Path"] if call.file else []
    return [*standard, *([""] if standard else []), "import httpx"]


def _python_arguments(call: Call) -> list[str]:
    headers = [] if call.is_public else ['"Authorization": f"Bearer {token}"']
    headers += [] if call.version is None else [f'"If-Match": \'"{call.version}"\'']
    headers += ['"Idempotency-Key": str(uuid.uuid4())'] if call.is_repeatable else []
    arguments = [f'f"{{base_url}}{call.url}"']
    arguments += [f"headers={_braced(headers, '    ', '    headers=,', '')}"] if headers else []
    arguments += [] if call.body is None else [f"json={_PYTHON.write(call.body, '    ', len('    json=,'))}"]
    arguments += [f"data={_PYTHON.write(call.form, '    ', len('    data=,'))}"] if call.form else []
    return [*arguments, *(["timeout=None"] if call.is_live else [])]


def _python_result(call: Call) -> list[str]:
    if call.is_live:
        return ["    for line in response.iter_lines():", "        print(line)"]
    if call.is_lines:
        return ["    for line in response.iter_lines():", "        print(json.loads(line))"]
    if call.file:
        return [f'Path("{call.file}").write_bytes(response.content)']
    if call.is_sign_in:
        return ['token = response.json()["access_token"]']
    return [f"{call.name} = response.json()"] if call.answer else []


def typescript(call: Call) -> str:
    """Write a call as TypeScript, with fetch."""
    headers = [] if call.is_public else ["Authorization: `Bearer ${token}`"]
    headers += ['"Content-Type": "application/json"'] if call.body is not None else []
    headers += [] if call.version is None else [f'"If-Match": \'"{call.version}"\'']
    headers += ['"Idempotency-Key": crypto.randomUUID()'] if call.is_repeatable else []
    options = [] if call.method == "get" else [f'method: "{call.method.upper()}"']
    if headers:
        options.append(f"headers: {_braced(headers, '  ', '  headers: ,', ' ')}")
    if call.body is not None:
        options.append(f"body: JSON.stringify({_TYPESCRIPT.write(call.body, '  ', len('  body: JSON.stringify(),'))})")
    if call.form:
        form = _TYPESCRIPT.write(call.form, "  ", len("  body: new URLSearchParams(),"))
        options.append(f"body: new URLSearchParams({form})")
    url = f"`${{baseUrl}}{call.url}`"
    if options:
        lines = [f"const response = await fetch({url}, {{", *(f"  {option}," for option in options), "});"]
    else:
        lines = [f"const response = await fetch({url});"]
    lines.append("if (!response.ok) throw new Error(await response.text());")
    return "\n".join([*lines, *_typescript_result(call)])


def _braced(entries: list[str], indent: str, around: str, edge: str) -> str:
    """Put code in braces, on one line if it fits between what is `around` it."""
    flat = f"{{{edge}{', '.join(entries)}{edge}}}"
    if len(around + flat) <= _WIDTH:
        return flat
    return "{\n" + "".join(f"{indent * 2}{entry},\n" for entry in entries) + f"{indent}}}"


def _typescript_result(call: Call) -> list[str]:
    if call.is_live:
        return [
            "const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();",
            "for (let part = await reader.read(); !part.done; part = await reader.read()) {",
            "  console.log(part.value);",
            "}",
        ]
    if call.is_lines:
        return [
            'for (const line of (await response.text()).split("\\n")) {',
            "  if (line) console.log(JSON.parse(line));",
            "}",
        ]
    if call.file:
        return ["const picture = await response.text();"]
    if call.is_sign_in:
        return ["const { access_token: token } = await response.json();"]
    first, *others = call.name.split("_")
    name = first + "".join(word.capitalize() for word in others)
    return [f"const {name} = await response.json();"] if call.answer else []


LANGUAGES: tuple[tuple[str, str, Callable[[Call], str]], ...] = (
    ("curl", "curl", curl),
    ("python", "Python", python),
    ("typescript", "TypeScript", typescript),
)
"""Each language as tools and as people call it, and who writes it."""
