"""The pages people read: the reference in two viewers, a page for each refusal, and `llms.txt`."""

import html
import re
from typing import Any

from app.core.problems import Problem
from app.documentation.refusals import ADVICE, every_refusal, what_happened

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/docs/assets/stance.svg">
{styles}</head>
<body>
{body}
</body>
</html>
"""
_REFERENCE = """\
<div id="reference"></div>
<noscript>
<h1>Stance API</h1>
<p>This page draws the reference with JavaScript. To read it without: <a href="/llms.txt">the operations in short</a>,
<a href="/openapi.yaml">the whole contract</a>, <a href="/problems">every refusal</a>.</p>
</noscript>
"""


def scalar_page() -> str:
    """Return the reference as Scalar shows it: the one people read."""
    body = _REFERENCE + _scripts("before-scalar.js", "scalar-1.72.1.js", "start-scalar.js")
    return _PAGE.format(title="Stance API", styles="", body=body)


def swagger_page() -> str:
    """Return the reference as Swagger UI shows it: the one that needs no inline style at all."""
    body = _REFERENCE + _scripts("swagger-ui-5.35.0.js", "start-swagger.js")
    return _PAGE.format(title="Stance API", styles=_style("swagger-ui-5.35.0.css"), body=body)


def refusals_page() -> str:
    """Return the list of every refusal."""
    rows = "".join(
        f'<tr><td>{kind.status}</td><td><a href="{_address(kind)}"><code>{code}</code></a></td>'
        f"<td>{_words(kind.title)}</td></tr>\n"
        for code, kind in every_refusal().items()
    )
    return _own(
        "Refusals",
        "<h1>Every refusal</h1>\n"
        "<p>What the service refuses, it answers with a problem document (RFC 9457). Its <code>type</code> is the "
        "address of a page below, which says what happened and what to do. Its <code>code</code> is for programs: it "
        "stays as it is, while titles may get better words.</p>\n"
        '<p><a href="/docs">The API</a></p>\n'
        f"<table>\n<thead><tr><th>Status<th>Code<th>Title</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>",
    )


def refusal_page(kind: type[Problem]) -> str:
    """Return the page of one refusal: what happened, what to do."""
    return _own(
        kind.title,
        f'<p class="status">{kind.status} <code>{kind.code}</code></p>\n<h1>{_words(kind.title)}</h1>\n'
        f"<h2>What happened</h2>\n<p>{_words(what_happened(kind))}</p>\n"
        f"<h2>What to do</h2>\n<p>{_words(ADVICE[kind.status])}</p>\n"
        "<p>Nothing of what you sent is repeated in a refusal, because it may be clinical text. "
        "When you ask for help, quote the <code>X-Request-Id</code> of the answer.</p>\n"
        '<p><a href="/problems">Every refusal</a> · <a href="/docs">The API</a></p>',
    )


def llms_text(document: dict[str, Any]) -> str:
    """Return the contract in short, for language models (llmstxt.org): what it is, and every operation by tag."""
    lines = [
        f"# {document['info']['title']}",
        "",
        f"> {document['info']['summary']}",
        "",
        document["info"]["description"],
    ]
    lines += [
        "",
        "- [OpenAPI 3.1](/openapi.json): the whole contract",
        "- [Refusals](/problems): every error code, explained",
        "",
    ]
    for tag in document["tags"]:
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        lines += [
            f"- {method.upper()} {path}: {operation['summary']} (`{operation['operationId']}`)"
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if tag["name"] in operation["tags"]
        ]
        lines.append("")
    return "\n".join(lines)


def _address(kind: type[Problem]) -> str:
    return f"/problems/{kind.code.replace('_', '-')}"


def _own(title: str, body: str) -> str:
    return _PAGE.format(title=f"{html.escape(title)} - Stance", styles=_style("pages.css"), body=body)


def _words(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _style(name: str) -> str:
    return f'<link rel="stylesheet" href="/docs/assets/{name}">\n'


def _scripts(*names: str) -> str:
    return "\n".join(f'<script src="/docs/assets/{name}"></script>' for name in names)
