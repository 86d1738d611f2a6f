"""Examples of what a client asks of her record, and of what was disclosed outside."""

from typing import Any

from app.examples import people

EXAMPLES: dict[str, dict[str, Any]] = {
    "ClientRequest": {
        "id": people.CLIENT_REQUEST,
        "version": 2,
        "created_at": "2026-05-04T08:30:12.410233Z",
        "client_id": people.CLIENT,
        "kind": "amendment",
        "state": "denied",
        "received_on": "2026-05-04",
        "asked_by": "client",
        "details": "Says that the note of 16 April is wrong about who ended the call.",
        "note_id": people.NOTE,
        "recorded_by": people.THERAPIST,
        "due_on": "2026-07-03",
        "is_overdue": False,
        "extended_on": None,
        "extension_reason": None,
        "closed_on": "2026-05-20",
        "closed_by": people.SUPERVISOR,
        "answer": "The note says who ended the call as you told it that day. You may add a statement of your own.",
        "denial_reason": "accurate_and_complete",
        "determined_by": None,
        "addendum_id": None,
        "statement": None,
        "statement_on": None,
    },
    "ClientRequestExtend": {"reason": "The older part of the record is on paper and has to be copied."},
    "ClientRequestFulfil": {"answer": "A copy on paper, handed to the client."},
    "ClientRequestDeny": {
        "denial_reason": "accurate_and_complete",
        "answer": "The note says who ended the call as you told it that day. You may add a statement of your own.",
    },
    "ClientRequestWithdraw": {"comment": "Has read the notes together with the therapist and needs no copy."},
    "DisagreementCreate": {
        "statement": "It was not me who ended the call. I want whoever reads the note to know that."
    },
    "Disclosure": {
        "id": people.DISCLOSURE,
        "version": 1,
        "created_at": "2026-05-12T14:02:51.093471Z",
        "client_id": people.CLIENT,
        "disclosed_on": "2026-05-12",
        "purpose": "court_order",
        "recipient": "Northshire County Court",
        "recipient_address": "1 Court Square, Northshire",
        "description": "The dates of all sessions since March; no note.",
        "purpose_details": "Order of 11 May 2026, file 26/114.",
        "note_ids": [],
        "recorded_by": people.SUPERVISOR,
        "entered_in_error_at": None,
        "error_reason": None,
    },
    "DisclosureErrorReason": {"reason": "Written down for the wrong client."},
}
