"""How the vocabularies are asked for."""

from typing import Annotated

from fastapi import Depends, Path

from app.access.identity.access import current_caller
from app.core.openapi import problems
from app.core.routing import slice_router
from app.core.schemas import Code
from app.record.vocabularies import schemas, service

router = slice_router("/vocabularies", tag="vocabularies", dependencies=[Depends(current_caller)])

VocabularyName = Annotated[
    Code,
    Path(description="The name of a vocabulary, as the list of vocabularies gives it.", examples=["trigger"]),
]


@router.get("", summary="List the vocabularies", responses=problems())
async def list_vocabularies() -> schemas.VocabularyList:
    """Name every code list the record uses, with its version. The whole list comes in one answer."""
    return service.list_vocabularies()


@router.get("/{name}", summary="Read a vocabulary", responses=problems(404))
async def get_vocabulary(name: VocabularyName) -> schemas.Vocabulary:
    """Return one code list with the display name, definition and source of each code."""
    return service.get_vocabulary(name)
