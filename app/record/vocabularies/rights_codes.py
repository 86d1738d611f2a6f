"""The lists of what clients may ask of their record: why a request may be denied, and why something was disclosed."""

from app.record.vocabularies.domain import CodeList, entries

_ACCESS_LAW = "45 CFR 164.524(a)"
_AMENDMENT_LAW = "45 CFR 164.526(a)(2)"
_DISCLOSURE_LAW = "45 CFR 164.512"
_REVIEW = "The client may have another professional review this."

ACCESS_DENIAL_REASON = CodeList(
    name="access_denial_reason",
    title="Reason for denying access",
    description="Why a client does not get the record, or a part of it. What else was asked for is given all the same.",
    codes=(
        *entries(
            {
                "psychotherapy_notes": "Asks for process notes, which are kept apart and are no part of the record.",
                "legal_proceedings": "The information was put together for a civil, criminal or administrative case.",
                "safety_in_custody": "A copy would endanger somebody in a place of custody.",
                "research_in_progress": "It was agreed that access rests until the research is over.",
                "confidential_source": "Somebody gave the information in confidence and would be revealed.",
                "danger_to_life": (
                    "Danger to life",
                    f"A health professional judges that access would endanger somebody's life or safety. {_REVIEW}",
                ),
                "harm_to_another_person": (
                    "Harm to another person",
                    f"It is about another person, whom access would harm as a health professional judges. {_REVIEW}",
                ),
                "harm_by_representative": (
                    "Harm by the representative",
                    f"A health professional judges that access would harm the client or another person. {_REVIEW}",
                ),
            },
            source=_ACCESS_LAW,
        ),
        *entries(
            {
                "serious_harm": "A health professional judges that access would likely cause serious harm to health.",
            },
            source="UK Data Protection Act 2018, schedule 3",
        ),
        *entries(
            {"rights_of_others": "A copy would harm the rights of others, even with their parts left out."},
            source="GDPR, article 15(4)",
        ),
        *entries(
            {"unfounded_or_excessive": "The request is manifestly unfounded or excessive, which the clinic can show."},
            source="GDPR, article 12(5)",
        ),
        *entries(
            {
                "identity_not_shown": "Who asked did not show to be the client, or to have a right to ask for them.",
                "not_held": "The clinic does not have what is asked for.",
            }
        ),
    ),
)

AMENDMENT_DENIAL_REASON = CodeList(
    name="amendment_denial_reason",
    title="Reason for denying an amendment",
    description="Why something in the record stays as it is. The client may attach a statement of disagreement.",
    codes=(
        *entries(
            {
                "not_created_here": "Somebody else wrote it and can still be asked.",
                "not_part_of_record": "It is no part of the record.",
                "not_open_to_access": "The client has no right to see it, so none to have it amended.",
                "accurate_and_complete": "It is accurate and complete as it is.",
            },
            source=_AMENDMENT_LAW,
        ),
        *entries(
            {"identity_not_shown": "Who asked did not show to be the client, or to have a right to ask for them."}
        ),
    ),
)

DISCLOSURE_PURPOSE = CodeList(
    name="disclosure_purpose",
    title="Purpose of a disclosure",
    description="Why something of a record went outside, where the client has a right to be told.",
    codes=(
        *entries(
            {
                "required_by_law": "A law demands it.",
                "public_health": "A public health authority needs it, against a disease for example.",
                "abuse_or_neglect": "An authority is told of abuse, neglect or domestic violence.",
                "health_oversight": "An authority that oversees health care looks into something.",
                "court_order": "A court or tribunal orders it, or a case demands it by subpoena.",
                "law_enforcement": "The police or a prosecutor may have it.",
                "coroner_or_funeral": "A coroner, medical examiner or funeral director needs it.",
                "organ_donation": "An organ or tissue donation needs it.",
                "research": "Research uses it, with the waiver of a board.",
                "threat_to_safety": "It averts a serious threat to somebody's health or safety.",
                "government_function": "The military, national security or a place of custody may have it.",
                "workers_compensation": "Insurance against accidents at work needs it.",
            },
            source=_DISCLOSURE_LAW,
        ),
        *entries(
            {"mistaken_or_unlawful": "It should not have gone out. Breaches have rules of their own besides."},
            source="45 CFR 164.528, 164.402",
        ),
        *entries({"other": "Another purpose, told in its details."}),
    ),
)

RIGHTS_LISTS = (ACCESS_DENIAL_REASON, AMENDMENT_DENIAL_REASON, DISCLOSURE_PURPOSE)
