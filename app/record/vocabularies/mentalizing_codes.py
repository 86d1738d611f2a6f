"""The lists that describe how mentalizing fails, where, and how it comes back."""

from app.record.vocabularies.domain import FOUNDING_ARTICLES, PRACTICAL_GUIDE, Code, CodeList, entries

HYPERACTIVATION, DEACTIVATION, MIXED = "hyperactivation", "deactivation", "mixed"

MENTALIZING_FAILURE = CodeList(
    name="mentalizing_failure",
    title="Mentalizing failure",
    description=(
        "The three patterns in which mentalizing (also called reflective functioning) is lost. They describe "
        "one moment, not a person."
    ),
    is_extensible=False,
    codes=(
        Code(
            HYPERACTIVATION,
            "Hyperactivation",
            "Attachment alarm turned up: rushes toward people, idealises, trusts too fast; thinking is "
            "swamped by feeling.",
            FOUNDING_ARTICLES,
            is_core=True,
            aliases=("hyperactivating", "over-activation"),
        ),
        Code(
            DEACTIVATION,
            "Deactivation",
            "Attachment alarm turned off: pulls away, plays down need and feeling, avoids closeness.",
            FOUNDING_ARTICLES,
            is_core=True,
            aliases=("deactivating", "under-activation"),
        ),
        Code(
            MIXED,
            "Mixed",
            "Both patterns in one episode, or swinging between them.",
            FOUNDING_ARTICLES,
            is_core=True,
        ),
    ),
)

# A mixed moment shows signs of both patterns, so every sign may be tagged there; its own pattern comes first.
_OVER = (HYPERACTIVATION, MIXED)
_UNDER = (DEACTIVATION, MIXED)
_BOTH = (MIXED,)
_ANY = (HYPERACTIVATION, DEACTIVATION, MIXED)

FAILURE_SIGN = CodeList(
    name="failure_sign",
    title="Sign of a mentalizing failure",
    description=(
        "What was seen or heard. `belongs_to` names the patterns a sign may be tagged with, its own pattern "
        "first; a mixed moment may show the signs of both patterns."
    ),
    codes=(
        *entries(
            {
                "rapid_attachment": "Forms a deep tie within hours or days.",
                "idealisation": "Sees only the good in a person.",
                "over_trust": "Confides or relies beyond what the tie has earned.",
                "volatile_relationships": "Repeated stormy ties, now or in history.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
            belongs_to=_OVER,
        ),
        *entries(
            {
                "emotional_distancing": "Cools or goes blank when upset.",
                "intimacy_avoidance": "Steers away from closeness.",
                "self_isolation": "Cuts off from people.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
            belongs_to=_UNDER,
        ),
        *entries(
            {
                "mixed_relating": "Clings and retreats with the same person or in the same account.",
                "state_shift": "Moves from over- to under-activated, or back, in view.",
                "rapid_relationship_turnover": "Ties start and end fast.",
                "self_destructive_behaviour": "An act that harms self or own interests during the shift.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
            belongs_to=_BOTH,
        ),
        *entries(
            {"self_other_confusion": ("Self-other confusion", "Cannot say whose feeling it is.")},
            source=FOUNDING_ARTICLES,
            is_core=True,
            belongs_to=_ANY,
        ),
        *entries(
            {
                "clinging": "Cannot bear separation.",
                "mind_reading_certainty": (
                    "Mind-reading certainty",
                    "Sure of another's motive without checking.",
                ),
                "threat_scanning": "Searches faces and words for danger.",
            },
            belongs_to=_OVER,
        ),
        *entries(
            {
                "numbing": "Reports no feeling where feeling is likely.",
                "intellectualising": "Talks about minds without affect.",
                "dismissing_need": "Denies wanting anyone.",
            },
            belongs_to=_UNDER,
        ),
        *entries({"abrupt_ending": "Ends a tie, job or session at once."}, belongs_to=_ANY),
    ),
)

OBSERVED_IN = CodeList(
    name="observed_in",
    title="Observed in",
    description="Whether the moment was lived or told.",
    is_extensible=False,
    codes=entries(
        {
            "relating": "Seen in how the client relates to someone, the therapist included.",
            "describing": "Heard in how the client describes another person or an event.",
        },
        source=FOUNDING_ARTICLES,
        is_core=True,
    ),
)

NON_MENTALIZING_MODE = CodeList(
    name="non_mentalizing_mode",
    title="Non-mentalizing mode",
    description="A way of thinking without mentalizing. It stands beside the pattern and never replaces it.",
    is_extensible=False,
    codes=(
        *entries(
            {
                "psychic_equivalence": (
                    "Inner experience is taken as fact; there is certainty and no alternative view."
                ),
            },
            source=PRACTICAL_GUIDE,
        ),
        Code(
            "pretend",
            "Pretend mode",
            "Words float free of feeling or reality; talk without consequence. Includes hypermentalizing and "
            "pseudomentalizing.",
            PRACTICAL_GUIDE,
            is_core=False,
            aliases=("hypermentalizing", "pseudomentalizing"),
        ),
        *entries(
            {
                "teleological": (
                    "Teleological mode",
                    "Only visible acts count as proof of a mind: doing settles it, feeling does not.",
                ),
            },
            source=PRACTICAL_GUIDE,
        ),
        *entries({"none_observed": ("Mentalizing on line", "No such mode was seen in this moment.")}),
    ),
)

DIMENSION = CodeList(
    name="dimension",
    title="Dimension of mentalizing",
    description="The four polarities. A lean along one is the clinician's own rating, not a validated scale.",
    is_extensible=False,
    codes=entries(
        {
            "automatic_controlled": (
                "Automatic - controlled",
                "Fast and unreflective, or slow and deliberate.",
            ),
            "self_other": ("Self - other", "Focus on one's own mind, or on another's."),
            "internal_external": (
                "Internal - external",
                "Inferring inner states, or reading outward cues.",
            ),
            "cognitive_affective": ("Cognitive - affective", "Reasoning about minds, or feeling with them."),
        },
        source=PRACTICAL_GUIDE,
    ),
)

ATTACHMENT_STRATEGY = CodeList(
    name="attachment_strategy",
    title="Attachment strategy",
    description=(
        "The lasting pattern described in a formulation. A tagged mentalizing failure is about one moment; "
        "the two are kept apart."
    ),
    is_extensible=False,
    codes=(
        *entries(
            {
                "hyperactivating": "Usually turns attachment need up: seeks closeness urgently.",
                "deactivating": "Usually turns attachment need down: keeps people at a distance.",
            },
            source=PRACTICAL_GUIDE,
        ),
        *entries({"balanced": "Can seek closeness and stand alone, as the situation asks."}),
        *entries(
            {"disorganised": "No steady strategy: approaches and avoids the same people in turn."},
            source=PRACTICAL_GUIDE,
        ),
    ),
)

WHERE = CodeList(
    name="where",
    title="Where it happened",
    description="The relationship or setting in which mentalizing failed.",
    codes=entries(
        {
            "with_therapist": "In the therapy relationship.",
            "in_group": "In the therapy group.",
            "partner": "With a spouse, partner or date.",
            "family": "With parents, siblings or other relatives.",
            "children": "With the client's own children or children in their care.",
            "friends": "With friends.",
            "work_study": ("Work or study", "In a job or a place of study."),
            "services": "With health, police or social services.",
            "strangers": "With people not known to the client.",
            "online": "In on-line contact.",
            "alone": "With no other person present.",
        }
    ),
)

TRIGGER = CodeList(
    name="trigger",
    title="Trigger",
    description="What came just before mentalizing failed.",
    codes=(
        *entries(
            {"emotional_distress": "Strong unpleasant feeling, source unclear."},
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "separation": "A person leaves or will leave.",
                "rejection_felt": ("Felt rejection", "Believes they are unwanted."),
                "criticism": "Hears fault-finding.",
                "closeness": "Warmth or intimacy itself.",
                "conflict": "Open disagreement.",
                "misunderstood": "Feels not grasped.",
                "injustice_felt": ("Felt injustice", "Feels wronged."),
                "shame": "Feels exposed or humiliated.",
                "loss": "A death or an ending.",
                "change": "A routine or plan is altered.",
                "substance": "Intoxication or withdrawal.",
                "sleep_body": ("Sleep or body", "Tired, ill or hungry."),
                "therapist_absence": "The therapist's leave or a cancellation.",
                "group_event": "Something that happened in the group.",
                "other": "Another trigger, told in the note.",
            }
        ),
    ),
)

AFFECT = CodeList(
    name="affect",
    title="Affect",
    description="The leading feeling of the moment, as the clinician understood it.",
    codes=entries(
        {
            "anger": "Irritation, anger or rage.",
            "fear": "Worry, fear or panic.",
            "sadness": "Sadness or grief.",
            "shame": "Feels exposed, small or worthless in another's eyes.",
            "guilt": "Feels to have done wrong.",
            "emptiness": "Feels hollow or without purpose.",
            "jealousy": "Fears to lose someone to another, or envies what another has.",
            "disgust": "Revulsion at self, another or a thing.",
            "joy": "Pleasure, pride or delight.",
            "interest": "Curiosity, wanting to know more.",
            "numb": "No feeling can be found.",
            "unclear": "A feeling is there and cannot yet be named.",
        }
    ),
)

AROUSAL_ZONE = CodeList(
    name="arousal_zone",
    title="Arousal zone",
    description="Bands of the 0-10 arousal rating. The bounds are a convention for charts, not evidence.",
    is_extensible=False,
    codes=entries(
        {
            "low": "0 to 2: too little feeling in the room to work with.",
            "workable": "3 to 6: feeling and thinking are both possible.",
            "high": "7 to 10: feeling swamps thinking.",
        }
    ),
)

POSITIVE_MENTALIZING = CodeList(
    name="positive_mentalizing",
    title="Positive mentalizing",
    description="Good mentalizing, seen and worth marking.",
    codes=(
        *entries(
            {
                "flexible_view": "Holds more than one reading.",
                "curiosity": "Wants to know what is in a mind.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "opacity_accepted": "Admits that minds cannot be read for sure.",
                "perspective_taking": ("Perspective-taking", "Describes the event from the other's side."),
                "humour": "Takes a light, not mocking, distance.",
                "impact_awareness": "Sees their own effect on others.",
                "changed_mind": "Revises a view on reflection.",
                "repair_offered": "Tries to mend a strain.",
            }
        ),
    ),
)

MENTALIZING_LISTS = (
    MENTALIZING_FAILURE,
    FAILURE_SIGN,
    OBSERVED_IN,
    NON_MENTALIZING_MODE,
    DIMENSION,
    ATTACHMENT_STRATEGY,
    WHERE,
    TRIGGER,
    AFFECT,
    AROUSAL_ZONE,
    POSITIVE_MENTALIZING,
)
