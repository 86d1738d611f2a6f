"""The lists that shape a note: its templates, their sections, and the flags of its risk statement."""

from app.record.vocabularies.domain import CONVENTION, Code, CodeList, entries

_WEED = "Weed 1968, Medical records that guide and teach"
_COMMON = "Common practice in clinical records"


def _template(code: str, display: str, definition: str, source: str, *sections: str) -> Code:
    return Code(code, display, definition, source, is_core=False, sections=sections)


NOTE_TEMPLATE = CodeList(
    name="note_template",
    title="Note template",
    description="The shape of a progress note; `sections` names its sections in their order.",
    is_extensible=False,
    codes=(
        _template(
            "mbt",
            "MBT",
            "Follows the work of a mentalization-based session.",
            CONVENTION,
            "presentation",
            "mentalizing_process",
            "therapeutic_relationship",
            "interventions_and_response",
            "risk",
            "plan",
        ),
        _template(
            "soap",
            "SOAP",
            "Subjective, objective, assessment, plan.",
            _WEED,
            "subjective",
            "objective",
            "assessment",
            "plan",
        ),
        _template("dap", "DAP", "Data, assessment, plan.", _COMMON, "data", "assessment", "plan"),
        _template(
            "birp",
            "BIRP",
            "Behaviour, intervention, response, plan.",
            _COMMON,
            "behaviour",
            "intervention",
            "response",
            "plan",
        ),
        _template(
            "girp",
            "GIRP",
            "Goal, intervention, response, plan.",
            _COMMON,
            "goal",
            "intervention",
            "response",
            "plan",
        ),
        _template("narrative", "Narrative", "One free text.", _COMMON, "narrative"),
    ),
)

NOTE_SECTION = CodeList(
    name="note_section",
    title="Note section",
    description="The named parts of the note templates.",
    is_extensible=False,
    codes=(
        *entries(
            {
                "presentation": "How the client came to the session and what they brought.",
                "mentalizing_process": "Where mentalizing held, where it failed and how it came back.",
                "therapeutic_relationship": "What happened between client and therapist.",
                "interventions_and_response": "What the therapist did and what followed.",
                "risk": "What was asked and found about risk, and what was agreed.",
                "plan": "What happens next, and who does it.",
            }
        ),
        *entries(
            {
                "subjective": "What the client tells about their experience.",
                "objective": "What was observed or measured.",
                "assessment": "How the clinician understands it.",
            },
            source=_WEED,
        ),
        *entries(
            {
                "data": "What was told and observed in the session.",
                "behaviour": "What the client said, did and showed.",
                "intervention": "What the therapist did.",
                "response": "How the client responded.",
                "goal": "The goal the session worked on.",
                "narrative": "The session told as one text.",
            },
            source=_COMMON,
        ),
    ),
)

RISK_FLAG = CodeList(
    name="risk_flag",
    title="Risk flag",
    description=(
        "What a note says about risk, in codes, beside its written statement. The flags are a convention for "
        "finding notes, not a risk assessment tool; the service never infers one."
    ),
    codes=entries(
        {
            "none_identified": "Risk was asked about and none was identified.",
            "not_assessed": "Risk was not asked about in this session.",
            "suicidal_ideation": "The client has thoughts of ending their life.",
            "suicide_plan": "The client has a plan to end their life.",
            "suicidal_intent": "The client says they intend to act on such thoughts.",
            "suicide_attempt": "The client has made an attempt since the last contact.",
            "self_harm_urge": ("Urge to self-harm", "The client feels an urge to harm themself."),
            "self_harm": ("Self-harm", "The client has harmed themself since the last contact."),
            "harm_to_others": "Someone else may be at risk from the client.",
            "harm_from_others": "The client may be at risk from someone else.",
            "safeguarding": "A child or an adult in need of protection may be at risk.",
            "substance_risk": "Alcohol or other drugs add to the risk.",
            "impulsive_risk_taking": (
                "Impulsive risk-taking",
                "Acts on impulse, such as reckless driving, that may cause harm.",
            ),
            "eating_risk": "Restricting, bingeing or purging may harm the client's health.",
            "self_neglect": ("Self-neglect", "Basic needs such as food, hygiene or housing are not met."),
            "other": "Another risk, told in the statement.",
        }
    ),
)

NOTE_LISTS = (NOTE_TEMPLATE, NOTE_SECTION, RISK_FLAG)
