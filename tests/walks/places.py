"""Where things are read, by the names their ids have in paths."""

WHERE = {
    "client_id": "/clients/{client_id}",
    "member_id": "/clients/{client_id}/care-team/{member_id}",
    "treatment_id": "/treatments/{treatment_id}",
    "review_id": "/reviews/{review_id}",
    "goal_id": "/goals/{goal_id}",
    "rating_id": "/goal-ratings/{rating_id}",
    "session_id": "/sessions/{session_id}",
    "note_id": "/notes/{note_id}",
    "private_note_id": "/private-notes/{private_note_id}",
    "client_request_id": "/client-requests/{client_request_id}",
    "disclosure_id": "/disclosures/{disclosure_id}",
    "emergency_access_id": "/emergency-accesses/{emergency_access_id}",
    "erasure_id": "/erasures/{erasure_id}",
    "legal_hold_id": "/legal-holds/{legal_hold_id}",
    "practitioner_id": "/practitioners/{practitioner_id}",
    "service_account_id": "/service-accounts/{service_account_id}",
    "identity_provider_id": "/identity-providers/{identity_provider_id}",
}
"""Where the version of what a path ends with is read."""
