"""Paths of the documentation: for everyone, without a token, and without a word from outside this service."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from app.core.problems import NotFound
from app.documentation import pages
from app.documentation.assets import NAMES, asset
from app.documentation.refusals import every_refusal

router = APIRouter(include_in_schema=False)

_FIXED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_READING = {"Content-Security-Policy": f"default-src 'none'; style-src 'self'; img-src 'self'; {_FIXED}"}
_SWAGGER = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"connect-src 'self'; {_FIXED}"
}
_SCALAR = {
    # Scalar writes its styles into the page, so styles, and only they, may stand inline.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; {_FIXED}"
}


@router.get("/docs")
async def get_docs() -> Response:
    """Show the reference in Scalar."""
    return HTMLResponse(pages.scalar_page(), headers=_SCALAR)


@router.get("/docs/swagger")
async def get_swagger_docs() -> Response:
    """Show the reference in Swagger UI."""
    return HTMLResponse(pages.swagger_page(), headers=_SWAGGER)


@router.get("/docs/assets/{name}")
async def get_docs_asset(name: str, request: Request) -> Response:
    """Give one file of the pages; a vendored one may be kept for ever."""
    if name not in NAMES:
        raise NotFound
    found = asset(name)
    keep = "public, max-age=31536000, immutable" if found.is_fixed else "no-cache"
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.plain, headers=headers, media_type=found.media_type)
    return Response(found.gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)


@router.get("/problems")
async def list_problems() -> Response:
    """Show every refusal."""
    return HTMLResponse(pages.refusals_page(), headers=_READING)


@router.get("/problems/{code}")
async def get_problem(code: Annotated[str, Path(pattern="^[a-z0-9-]{1,64}$")]) -> Response:
    """Explain one refusal: the address in a problem's `type`."""
    kind = every_refusal().get(code.replace("-", "_"))
    if kind is None:
        raise NotFound
    return HTMLResponse(pages.refusal_page(kind), headers=_READING)


@router.get("/llms.txt")
async def get_llms_text(request: Request) -> Response:
    """Tell language models what this service is and what it can do."""
    # The document takes seconds to make the first time; others must not wait for it.
    document = await run_in_threadpool(request.app.openapi)
    return Response(pages.llms_text(document), media_type="text/plain; charset=utf-8")
