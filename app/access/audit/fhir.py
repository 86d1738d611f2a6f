"""An audit entry in FHIR's words: AuditEvent of R4 (https://hl7.org/fhir/R4/auditevent.html). Pure."""

import json
from typing import Any

from app.core.caller import CallerKind
from app.core.events import AuditAction

Json = dict[str, Any]
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_REST = {"system": f"{_HL7}audit-event-type", "code": "rest", "display": "RESTful Operation"}
_ALERT = {"system": _DICOM, "code": "110113", "display": "Security Alert"}
_OVERRIDE = {"system": _DICOM, "code": "110127", "display": "Emergency Override Started"}
_PURPOSES = {"BTG": "break the glass", "TREAT": "treatment", "HOPERAT": "healthcare operations"}
_ACTIONS = {
    AuditAction.CREATE: ("C", "create"),
    AuditAction.READ: ("R", "read"),
    AuditAction.UPDATE: ("U", "update"),
    AuditAction.DELETE: ("D", "delete"),
    AuditAction.EXECUTE: ("E", "operation"),
}
_SERIOUS, _MINOR, _DONE = "8", "4", "0"
_SERVER = {"system": f"{_HL7}security-source-type", "code": "4", "display": "Application Server"}


def audit_event_of(row: Any) -> Json:
    """Return the resource for one entry: its columns, the actor's name, and the document."""
    document: Json = json.loads(row.document)
    letter, interaction = _ACTIONS[AuditAction(row.action)]
    is_emergency = document.get("emergency_access") is not None or row.type == "emergency_access.granted"
    subtypes = [
        {"system": "http://hl7.org/fhir/restful-interaction", "code": interaction},
        {"system": "urn:stance:audit-event-type", "code": row.type},
    ]
    return {
        "resourceType": "AuditEvent",
        "id": str(row.id),
        "type": _ALERT if is_emergency else _REST,
        "subtype": [_OVERRIDE, *subtypes] if is_emergency else subtypes,
        "action": letter,
        "recorded": row.recorded_at.isoformat(timespec="milliseconds"),
        "outcome": _outcome_of(row.type),
        "purposeOfEvent": [_purpose_of(row, document, is_emergency=is_emergency)],
        "agent": [_agent_of(row, document, is_emergency=is_emergency)],
        "source": {
            "observer": {"identifier": {"system": "urn:stance:clinic", "value": document["clinic"]}},
            "type": [_SERVER],
        },
        "entity": [_thing_of(row, document), *(_patient_of(client) for client in document["clients"])],
    }


def _outcome_of(event_type: str) -> str:
    act = event_type.partition(".")[2]
    return _SERIOUS if act.endswith("refused") else _MINOR if act.endswith("failed") else _DONE


def _purpose_of(row: Any, document: Json, *, is_emergency: bool) -> Json:
    treats = row.actor_kind == CallerKind.PRACTITIONER and document["clients"]
    code = "BTG" if is_emergency else "TREAT" if treats else "HOPERAT"
    return {"coding": [{"system": f"{_HL7}v3-ActReason", "code": code, "display": _PURPOSES[code]}]}


def _agent_of(row: Any, document: Json, *, is_emergency: bool) -> Json:
    agent: Json = {
        "who": _actor_of(row),
        "requestor": True,
        "purposeOfUse": [_purpose_of(row, document, is_emergency=is_emergency)],
    }
    if row.actor_name is not None:
        agent["name"] = row.actor_name
    if roles := document["actor"]["roles"]:
        agent["role"] = [{"coding": [{"system": "urn:stance:role", "code": role}]} for role in roles]
    return agent


def _actor_of(row: Any) -> Json:
    if row.actor_kind == CallerKind.PRACTITIONER:
        return {"reference": f"Practitioner/{row.actor_id}"}
    if row.actor_kind == CallerKind.SERVICE_ACCOUNT:
        return {"reference": f"Device/{row.actor_id}"}
    return {"identifier": {"system": "urn:stance:operator", "value": str(row.actor_id)}, "type": "Device"}


def _thing_of(row: Any, document: Json) -> Json:
    thing: Json = {
        "type": {"system": f"{_HL7}audit-entity-type", "code": "2", "display": "System Object"},
        "role": {"system": f"{_HL7}object-role", "code": "4", "display": "Domain Resource"},
        "description": row.entity,
    }
    if row.entity_id is not None:
        thing["what"] = {"identifier": {"system": f"urn:stance:{row.entity}", "value": str(row.entity_id)}}
    known = {**document["details"], "request_id": row.request_id, "emergency_access": document.get("emergency_access")}
    # A detail is text in FHIR and never empty.
    details = [
        {"type": name, "valueString": value if isinstance(value, str) else json.dumps(value)}
        for name, value in sorted(known.items())
        if value not in (None, "")
    ]
    if details:
        thing["detail"] = details
    return thing


def _patient_of(client_id: str) -> Json:
    return {
        "what": {"reference": f"Patient/{client_id}"},
        "type": {"system": f"{_HL7}audit-entity-type", "code": "1", "display": "Person"},
        "role": {"system": f"{_HL7}object-role", "code": "1", "display": "Patient"},
    }
