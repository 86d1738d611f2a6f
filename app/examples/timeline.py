"""What the API document shows of a treatment over time: two months of a timeline, and three of counted patterns."""

from typing import Any

_SESSIONS = [f"01968f5c-9a40-7c3e-8d10-2b7f4a6c0d0{n}" for n in range(1, 5)]
_NOTES = [f"01968f7e-1b20-7f51-9c44-5e8d1f3a9b0{n}" for n in range(1, 4)]
_RATING = "01968f81-70d0-7a0b-b1a6-0c9e7d5f2a01"
_REVIEW = "01968f5b-e8c0-7b92-a3d7-91c4f6e2b801"
_NO_RATINGS: dict[str, Any] = {"therapist": None, "client": None}


def _pattern(count: int, per_attended_session: float, *notes: str) -> dict[str, Any]:
    return {"count": count, "per_attended_session": per_attended_session, "note_ids": list(notes)}


def _rating(value: int) -> dict[str, Any]:
    return {"mean": float(value), "n": 1, "last": value, "rating_ids": [_RATING]}


_TIMELINE: dict[str, Any] = {
    "treatment": {
        "id": "01968f5b-d2a0-7e64-8f3b-6a1d9c5e7f01",
        "client_id": "01968f5a-0c10-7d83-9e25-4f7b8a2c6d01",
        "started_on": "2026-03-02",
        "planned_months": 18,
        "planned_end_on": "2027-09-02",
        "ended_on": None,
        "status": "active",
    },
    "today": "2026-05-29",
    "bucket": "month",
    "phases": [
        {"kind": "introductory", "starts_on": "2026-03-02", "ends_on": "2026-06-01"},
        {"kind": "initial", "starts_on": "2026-03-02", "ends_on": "2026-06-01"},
        {"kind": "middle", "starts_on": "2026-06-02", "ends_on": "2027-03-01"},
    ],
    "reviews": [{"id": _REVIEW, "due_on": "2026-06-02", "status": "upcoming", "held_on": None}],
    "buckets": [
        {
            "starts_on": "2026-05-02",
            "ends_on": "2026-06-01",
            "label": "Month 3",
            "treatment_month": 3,
            "phase": "initial",
            "is_future": False,
            "has_data": True,
            "sessions_held": {
                "total": 3,
                "by_format": {"individual": 2, "group": 1, "family": 0},
                "by_delivery": {"in_person": 2, "video": 1, "audio": 0, "text": 0},
                "session_ids": _SESSIONS[:3],
            },
            "sessions_missed": {
                "total": 1,
                "no_show": 0,
                "cancelled_client": 1,
                "cancelled_clinic": 0,
                "by_format": {"individual": 1, "group": 0, "family": 0},
                "by_delivery": {"in_person": 1, "video": 0, "audio": 0, "text": 0},
                "session_ids": _SESSIONS[3:],
            },
            "signed_notes": 3,
            "unsigned_notes": 0,
            "note_ids": _NOTES,
            "failures": {
                "hyperactivation": _pattern(2, 0.67, *_NOTES[:2]),
                "deactivation": _pattern(1, 0.33, _NOTES[2]),
                "mixed": _pattern(0, 0.0),
            },
            "arousal": {"mean": 6.5, "n": 2, "note_ids": _NOTES[:2]},
            "goal_ratings": {
                "stabilise_emotional_expression": {"therapist": _rating(4), "client": None},
                "reduce_impulsive_behaviours": _NO_RATINGS,
            },
            "reviews": {"due": 0, "done": 0, "overdue": 0, "review_ids": []},
        },
        {
            "starts_on": "2026-06-02",
            "ends_on": "2026-07-01",
            "label": "Month 4",
            "treatment_month": 4,
            "phase": "middle",
            "is_future": True,
            "has_data": False,
            "sessions_held": None,
            "sessions_missed": None,
            "signed_notes": None,
            "unsigned_notes": None,
            "note_ids": [],
            "failures": None,
            "arousal": {"mean": None, "n": 0, "note_ids": []},
            "goal_ratings": {
                "stabilise_emotional_expression": _NO_RATINGS,
                "reduce_impulsive_behaviours": _NO_RATINGS,
            },
            "reviews": {"due": 1, "done": 0, "overdue": 0, "review_ids": [_REVIEW]},
        },
    ],
    "not_diagnostic": True,
    "rule": "timeline/1: A session counts as held when it is marked held and the client attended …",
    "evidence_note": "Each figure names the sessions, notes, ratings or reviews it was made of …",
}

_BY_MONTH: dict[str, Any] = {
    "treatment_id": _TIMELINE["treatment"]["id"],
    "client_id": _TIMELINE["treatment"]["client_id"],
    "time_zone": "Europe/London",
    "months": [
        {
            "month": "2026-03",
            "signed_notes": 4,
            "failures": {"hyperactivation": 5, "deactivation": 1, "mixed": 1},
        },
        {"month": "2026-04", "signed_notes": 0, "failures": None},
        {
            "month": "2026-05",
            "signed_notes": 3,
            "failures": {"hyperactivation": 2, "deactivation": 1, "mixed": 0},
        },
    ],
    "not_diagnostic": True,
    "rule": "failures-by-month/1: Counts the failures tagged in signed notes of this treatment …",
    "evidence_note": "The notes behind a month are those of GET /v1/notes with this treatment_id …",
}

EXAMPLES = {"Timeline": _TIMELINE, "FailuresByMonth": _BY_MONTH}
