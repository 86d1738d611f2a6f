"""The code lists: complete, well-formed, and exactly what the founding articles ask for."""

import re

import pytest

from app.core.problems import NotFound, ValidationFailed
from app.record.vocabularies import service
from app.record.vocabularies.catalogue import CODE_LISTS, check_code, check_codes, code_list, sections_of
from app.record.vocabularies.domain import FOUNDING_ARTICLES, Code, CodeList, UnknownVocabulary, entries

EVERY_CODE = [
    pytest.param(vocabulary, code, id=f"{vocabulary.name}-{code.code}")
    for vocabulary in CODE_LISTS.values()
    for code in vocabulary.codes
]

CORE = {
    "mentalizing_failure": {"hyperactivation", "deactivation", "mixed"},
    "failure_sign": {
        "rapid_attachment",
        "idealisation",
        "over_trust",
        "volatile_relationships",
        "emotional_distancing",
        "intimacy_avoidance",
        "self_isolation",
        "mixed_relating",
        "state_shift",
        "rapid_relationship_turnover",
        "self_destructive_behaviour",
        "self_other_confusion",
    },
    "observed_in": {"relating", "describing"},
    "trigger": {"emotional_distress"},
    "positive_mentalizing": {"flexible_view", "curiosity"},
    "intervention": {
        "thought_behaviour_inquiry",
        "curiosity_challenge",
        "slow_down",
        "psychoeducation",
        "mentalizing_the_relationship",
    },
    "reflection_question": {"self_feeling_now", "client_behaviour_why", "own_contribution"},
    "session_format": {"individual", "group"},
    "delivery": {"in_person", "video", "audio", "text"},
    "alliance": {"bond"},
    "presenting_concern": {"mood_instability", "relationship_difficulty", "unstable_self_image"},
    "goal": {"stabilise_emotional_expression", "reduce_impulsive_behaviours"},
    "modality": {"mbt", "cbt", "schema", "dbt", "tfp", "medication", "other"},
    "care_role": {"therapist", "psychiatrist", "doctor"},
    "assessment_domain": {"emotional_expression", "mentalization", "impulsivity", "other_concerns"},
    "incident": {"deliberate_self_harm", "suicide_attempt", "self_destructive_behaviour"},
}

CLOSED = {
    "mentalizing_failure": ["hyperactivation", "deactivation", "mixed"],
    "observed_in": ["relating", "describing"],
    "non_mentalizing_mode": ["psychic_equivalence", "pretend", "teleological", "none_observed"],
    "dimension": ["automatic_controlled", "self_other", "internal_external", "cognitive_affective"],
    "attachment_strategy": ["hyperactivating", "deactivating", "balanced", "disorganised"],
    "arousal_zone": ["low", "workable", "high"],
    "response": ["recovered", "partly", "no_change", "worse", "not_seen"],
    "reflection_question": ["self_feeling_now", "client_behaviour_why", "own_contribution"],
    "session_format": ["individual", "group", "family"],
    "delivery": ["in_person", "video", "audio", "text"],
    "attendance": ["attended", "late", "left_early", "no_show", "cancelled_client", "cancelled_clinic"],
    "alliance": ["bond", "goal", "task"],
    "rupture": ["withdrawal", "confrontation", "mixed"],
    "phase": ["assessment", "introductory", "initial", "middle", "final", "follow_up"],
    "modality": ["mbt", "cbt", "schema", "dbt", "tfp", "medication", "other"],
    "assessment_domain": ["emotional_expression", "mentalization", "impulsivity", "other_concerns"],
    "goal": ["stabilise_emotional_expression", "reduce_impulsive_behaviours"],
    "diagnosis_status": ["provisional", "confirmed", "revised", "refuted", "historical"],
    "setting": ["outpatient", "intensive_outpatient", "partial_hospital", "inpatient", "online"],
    "note_template": ["mbt", "soap", "dap", "birp", "girp", "narrative"],
    "note_section": [
        "presentation",
        "mentalizing_process",
        "therapeutic_relationship",
        "interventions_and_response",
        "risk",
        "plan",
        "subjective",
        "objective",
        "assessment",
        "data",
        "behaviour",
        "intervention",
        "response",
        "goal",
        "narrative",
    ],
}

EXTENSIBLE = {
    "failure_sign",
    "where",
    "trigger",
    "affect",
    "intervention",
    "positive_mentalizing",
    "session_kind",
    "incident",
    "care_role",
    "presenting_concern",
    "programme",
    "treatment_end_reason",
    "risk_flag",
    "emergency_access_reason",
    "access_denial_reason",
    "amendment_denial_reason",
    "disclosure_purpose",
}


@pytest.mark.parametrize(("vocabulary", "code"), EVERY_CODE)
def test_every_code_says_what_it_is_called_what_it_means_and_where_it_comes_from(vocabulary: CodeList, code: Code):
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", code.code)
    assert code.display == code.display.strip()
    assert code.display[0].isupper()
    assert code.definition.endswith((".", "?"))
    assert code.definition[0].isupper() or code.definition[0].isdigit()
    assert code.source
    assert "  " not in code.definition


def test_a_list_has_each_code_and_each_display_name_once():
    for vocabulary in CODE_LISTS.values():
        codes = [entry.code for entry in vocabulary.codes]
        names = [entry.display for entry in vocabulary.codes]
        assert len(codes) == len(set(codes)), vocabulary.name
        assert len(names) == len(set(names)), vocabulary.name


def test_every_list_is_named_described_and_versioned():
    for name, vocabulary in CODE_LISTS.items():
        assert name == vocabulary.name
        assert re.fullmatch(r"[a-z][a-z_]*", name)
        assert vocabulary.title
        assert vocabulary.description.endswith(".")
        assert re.fullmatch(r"\d+\.\d+", vocabulary.version)
        assert vocabulary.codes


def test_no_two_lists_share_a_name():
    assert len(CODE_LISTS) == len(CLOSED) + len(EXTENSIBLE)


def test_the_core_codes_are_those_of_the_founding_articles():
    core = {
        name: {entry.code for entry in vocabulary.codes if entry.is_core} for name, vocabulary in CODE_LISTS.items()
    }
    assert {name: codes for name, codes in core.items() if codes} == CORE


@pytest.mark.parametrize(("vocabulary", "code"), EVERY_CODE)
def test_a_code_is_core_exactly_when_its_source_is_the_founding_articles(vocabulary: CodeList, code: Code):
    assert code.is_core == (code.source == FOUNDING_ARTICLES)


def test_the_closed_lists_are_exact_and_in_order():
    closed = {
        name: [entry.code for entry in vocabulary.codes]
        for name, vocabulary in CODE_LISTS.items()
        if not vocabulary.is_extensible
    }
    assert closed == CLOSED


def test_the_other_lists_may_grow():
    assert {name for name, vocabulary in CODE_LISTS.items() if vocabulary.is_extensible} == EXTENSIBLE


def test_every_sign_belongs_to_a_pattern_and_nothing_else_does():
    patterns = {entry.code for entry in code_list("mentalizing_failure").codes}
    for vocabulary in CODE_LISTS.values():
        for entry in vocabulary.codes:
            if vocabulary.name == "failure_sign":
                assert set(entry.belongs_to) <= patterns
                assert entry.belongs_to
            else:
                assert entry.belongs_to == ()


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        (
            "hyperactivation",
            {"rapid_attachment", "idealisation", "over_trust", "volatile_relationships"},
        ),
        ("deactivation", {"emotional_distancing", "intimacy_avoidance", "self_isolation"}),
        (
            "mixed",
            {
                "mixed_relating",
                "state_shift",
                "rapid_relationship_turnover",
                "self_destructive_behaviour",
            },
        ),
    ],
)
def test_a_core_sign_names_its_own_pattern_first(pattern: str, signs: set[str]):
    own = {
        entry.code
        for entry in code_list("failure_sign").codes
        if entry.is_core and entry.belongs_to[0] == pattern and entry.code != "self_other_confusion"
    }
    assert own == signs


def test_a_mixed_moment_may_show_any_sign():
    assert all("mixed" in entry.belongs_to for entry in code_list("failure_sign").codes)


def test_self_other_confusion_belongs_to_every_pattern():
    sign = code_list("failure_sign").find("self_other_confusion")
    assert sign is not None
    assert set(sign.belongs_to) == {"hyperactivation", "deactivation", "mixed"}


def test_mentalization_is_found_by_its_other_name():
    domain = code_list("assessment_domain").find("mentalization")
    assert domain is not None
    assert "reflective functioning" in domain.aliases


def test_every_section_of_a_template_is_a_note_section_and_every_section_is_used():
    sections = {entry.code for entry in code_list("note_section").codes}
    used = {section for template in code_list("note_template").codes for section in template.sections}
    assert used == sections


@pytest.mark.parametrize(
    ("template", "sections"),
    [
        (
            "mbt",
            (
                "presentation",
                "mentalizing_process",
                "therapeutic_relationship",
                "interventions_and_response",
                "risk",
                "plan",
            ),
        ),
        ("soap", ("subjective", "objective", "assessment", "plan")),
        ("dap", ("data", "assessment", "plan")),
        ("birp", ("behaviour", "intervention", "response", "plan")),
        ("girp", ("goal", "intervention", "response", "plan")),
        ("narrative", ("narrative",)),
    ],
)
def test_a_template_has_its_sections_in_order(template: str, sections: tuple[str, ...]):
    assert sections_of(template) == sections


def test_an_unknown_template_is_refused():
    with pytest.raises(ValidationFailed) as refused:
        sections_of("essay")
    assert refused.value.errors[0].pointer == "/template"


def test_an_unknown_list_is_not_found():
    with pytest.raises(UnknownVocabulary) as refused:
        code_list("moods")
    assert isinstance(refused.value, NotFound)
    assert refused.value.status == 404
    assert refused.value.code == "unknown_vocabulary"


def test_a_known_code_passes():
    check_code("trigger", "separation", "/trigger")
    check_codes("failure_sign", ["clinging", "numbing"], "/signs")
    check_codes("failure_sign", [], "/signs")


def test_an_unknown_code_is_refused_naming_field_and_list_but_not_the_code():
    with pytest.raises(ValidationFailed) as refused:
        check_code("trigger", "my_secret", "/mentalizing_failures/0/trigger")
    (error,) = refused.value.errors
    assert error.pointer == "/mentalizing_failures/0/trigger"
    assert error.code == "unknown_code"
    assert "`trigger`" in error.detail
    assert "/v1/vocabularies/trigger" in error.detail
    assert "my_secret" not in f"{refused.value}{error}"


def test_all_unknown_codes_are_told_at_once_each_by_its_place():
    with pytest.raises(ValidationFailed) as refused:
        check_codes("failure_sign", ["secret_one", "clinging", "secret_two"], "/signs")
    assert [error.pointer for error in refused.value.errors] == ["/signs/0", "/signs/2"]
    assert "secret" not in f"{refused.value}{refused.value.errors}"


def test_codes_made_together_get_readable_names():
    plain, named = entries({"over_trust": "One.", "self_harm": ("Self-harm", "Two.")}, belongs_to=("mixed",))
    assert (plain.display, plain.definition, plain.is_core) == ("Over trust", "One.", False)
    assert (named.display, named.belongs_to) == ("Self-harm", ("mixed",))


def test_the_service_lists_every_vocabulary_with_its_size():
    listed = {summary.name: summary.code_count for summary in service.list_vocabularies().data}
    assert listed == {name: len(vocabulary.codes) for name, vocabulary in CODE_LISTS.items()}


@pytest.mark.parametrize("name", CODE_LISTS)
def test_the_service_tells_a_whole_vocabulary(name: str):
    told = service.get_vocabulary(name)
    assert [entry.code for entry in told.codes] == [entry.code for entry in CODE_LISTS[name].codes]
    assert told.version == CODE_LISTS[name].version
