"""How erasures are said on the wire."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import ApiModel, Line, Out, Page, PageQuery, Prose, Resource
from app.record.erasures.domain import ErasureReason, ErasureStatus


class Erasure(Resource):
    """The end of a client's record, decided by two people. `created_at` is when it was asked for."""

    client_id: UUID
    """Whose record it is. Once it is erased, this id leads nowhere: 404."""
    status: ErasureStatus
    """Where it stands. `approved` stands only after an interruption; approve again to carry it out."""
    reason_code: ErasureReason
    """Why the record may be erased."""
    statement: Prose | None
    """What the reason rests on. It outlives the record, so it should name nobody."""
    requested_by: UUID
    """Who asked for it."""
    decided_by: UUID | None
    """Who approved, refused or withdrew it."""
    decided_at: AwareDatetime | None
    """When that was."""
    decision_comment: Prose | None
    """Why it was refused."""
    erased_at: AwareDatetime | None
    """When the record was erased."""


class ErasureRequest(ApiModel):
    """Why a record may be erased."""

    reason_code: ErasureReason
    """`retention_over` when the period of the clinic's policy is; before that the law has to say so."""
    statement: Prose | None = None
    """What the reason rests on, such as the number of a court's order; needed unless the period is over.

    It is kept after the erasure as its proof: name nobody in it.
    """

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.reason_code is not ErasureReason.RETENTION_OVER and self.statement is None:
            raise PydanticCustomError("statement_missing", "Say in `statement` what this reason rests on.")
        return self


class ErasureRefusal(ApiModel):
    """Why an erasure is refused."""

    comment: Prose | None = None
    """For whoever asked. It is kept, so name nobody in it."""


class ErasurePage(Page[Erasure]):
    """A page of erasures, newest first."""


class ErasureFilter(PageQuery):
    """Which erasures to list."""

    status: ErasureStatus | None = None
    """Only those that stand so."""
    client_id: UUID | None = None
    """Only those of this client's record, also after it is gone."""


class ErasureCertificate(Out):
    """What can be shown to whoever asks whether a record is gone: ids, moments and reasons, and no name of a client."""

    id: UUID
    """The erasure's id."""
    clinic_id: UUID
    """The clinic."""
    client_id: UUID
    """The id the record had."""
    reason_code: ErasureReason
    """Why it was erased."""
    reason: Line
    """The same in words."""
    statement: Prose | None
    """What the reason rested on."""
    requested_by: UUID
    """Who asked for it."""
    requested_by_name: Line | None
    """The name colleagues know her by."""
    requested_at: AwareDatetime
    """When she did."""
    approved_by: UUID
    """Who approved it: somebody else."""
    approved_by_name: Line | None
    """The name colleagues know her by."""
    approved_at: AwareDatetime
    """When she did."""
    erased_at: AwareDatetime
    """When the record's keys were destroyed."""
    ledger_number: int
    """The line of the erasure ledger that says so."""
    ledger_hash: Annotated[str, Field(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$")]
    """The hash of that line (SHA-256)."""
    audit_event_ids: Annotated[list[UUID], Field(max_length=100)]
    """The entries of the audit log about the request, the approval and the erasure."""
    backups_gone_on: date
    """From this day on no backup holds the keys any more, if backups are deleted as the service's settings say."""
    statement_on_backups: Prose
    """What is true of backups until then."""
