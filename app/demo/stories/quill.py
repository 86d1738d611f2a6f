"""Bastian: referred, in assessment. His treatment is planned and has not begun."""

from datetime import date

from app.demo.storyline import GoalWords, Situation, Storyline

BASTIAN = Storyline(
    key="quill",
    given_name="Bastian",
    family_name="Quill",
    pronouns="he/him",
    birth_date=date(2002, 10, 8),
    therapist="noor.haddad",
    weekday=3,
    hour=15,
    started=-13,
    concerns=("unstable_self_image", "relationship_difficulty", "suicidal_ideation"),
    support=({"name": "Orla Quill", "relationship": "mother", "phone": "555-0117", "may_be_contacted": False},),
    mix_at_start=(0.5, 0.2, 0.3),
    mix_at_end=(0.5, 0.2, 0.3),
    distress=0.86,
    stabilise=GoalWords(
        "I want to stop being whoever I am sitting next to.",
        "Takes on the opinions and moods of others within minutes; alone he feels blank.",
        "Can keep one opinion through an evening.",
        2,
        7,
    ),
    reduce=GoalWords(
        "I want to stop disappearing on people.",
        "Moved out twice overnight; three jobs ended without a word.",
        "Says goodbye, or says that he wants to go.",
        2,
        7,
    ),
    early=(
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, Bastian moved his things to a friend's room after knowing him for nine days.",
            "hyperactivation",
            ("rapid_attachment",),
        ),
        Situation(
            "family",
            "criticism",
            "shame",
            "He described the last supper at his mother's, and how he left during the soup.",
            "mixed",
            ("abrupt_ending",),
        ),
        Situation("with_therapist", "closeness", "unclear", "He asked what kind of client I like to work with."),
    ),
    quotes={
        "hyperactivation": ("After nine days I knew we were the same person.",),
        "deactivation": ("Ask me something else.",),
        "mixed": ("I left so that she would run after me.",),
    },
    gains=(("curiosity", "Bastian was interested in what we are going to do here."),),
    plans=(
        "Second part of the assessment next week; bring a recent argument.",
        "Formulation to be written together; discuss with Dr Albrecht first.",
    ),
    risk_flags=("suicidal_ideation",),
    risk_words=(
        (
            "Fleeting suicidal thoughts when alone, no plan, no intent. Crisis numbers given and saved in his "
            "telephone together."
        ),
    ),
    safe_words=("Asked about suicidal thoughts: fleeting, no plan, no intent.",),
)
