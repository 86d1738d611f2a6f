"""The list of reasons for opening a record without being on the care team."""

from app.record.vocabularies.domain import CodeList, entries

EMERGENCY_ACCESS_REASON = CodeList(
    name="emergency_access_reason",
    title="Reason for emergency access",
    description="Why someone outside a client's care team has to read the record now; a reviewer weighs it afterwards.",
    codes=entries(
        {
            "acute_suicide_risk": "The client may be about to end their life.",
            "medical_emergency": "The client needs medical help now, and whoever gives it needs facts of the record.",
            "harm_to_others": "Someone else may be at risk from the client now.",
            "safeguarding": "A child or an adult in need of protection may be at risk now.",
            "covering_colleague": "The client needs help now, and no one of the care team can be reached.",
            "other": "Another reason, told in the justification.",
        }
    ),
)

ACCESS_LISTS = (EMERGENCY_ACCESS_REASON,)
