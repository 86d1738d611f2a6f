"""Thea: in her first month. She arrived saying that nothing was wrong, and that this was the problem."""

from datetime import date

from app.demo.storyline import GoalWords, Situation, Storyline

THEA = Storyline(
    key="lorne",
    given_name="Thea",
    family_name="Vasquez-Lorne",
    pronouns="she/her",
    birth_date=date(1984, 4, 27),
    therapist="maya.lindqvist",
    weekday=4,
    hour=10,
    started=50,
    concerns=("emptiness", "self_harm", "loneliness"),
    support=({"name": "Gudrun Lorne", "relationship": "wife", "phone": "555-0116", "may_be_contacted": True},),
    mix_at_start=(0.12, 0.62, 0.26),
    mix_at_end=(0.3, 0.5, 0.2),
    distress=0.76,
    stabilise=GoalWords(
        "I would like to miss somebody.",
        "Days without any feeling; learns from others that she looked upset.",
        "Notices a feeling once a day and can tell Gudrun.",
        2,
        6,
    ),
    reduce=GoalWords(
        "I want to feel something without burning myself.",
        "Burns about twice a month when the blankness lasts.",
        "No burns; uses cold water and calls Gudrun.",
        3,
        8,
    ),
    early=(
        Situation(
            "partner",
            "closeness",
            "numb",
            "{when}, Gudrun planned a birthday dinner and Thea worked until it was over.",
        ),
        Situation(
            "work_study",
            "closeness",
            "unclear",
            "{when}, a colleague thanked her in a meeting, and she lost the next half hour.",
        ),
        Situation("family", "loss", "numb", "{when}, her mother's flat was cleared and she catalogued the books."),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, after two blank days, she held her arm over the stove and then did not.",
            "mixed",
            ("self_destructive_behaviour",),
        ),
        Situation(
            "with_therapist",
            "closeness",
            "numb",
            "I said I could imagine that Sunday was long, and she asked about my training.",
        ),
        Situation(
            "friends",
            "rejection_felt",
            "numb",
            "{when}, she heard that friends had stopped inviting her because she never comes.",
        ),
    ),
    quotes={
        "hyperactivation": ("You will be bored of me by the summer.",),
        "deactivation": ("I understand the concept of missing someone.", "There was a birthday. I was informed."),
        "mixed": ("I wanted her to ask, and when she asked I left.",),
    },
    gains=(
        ("curiosity", "Thea wondered where the half hour had gone."),
        ("perspective_taking", "Thea could say what the dinner may have meant to Gudrun."),
    ),
    plans=(
        "Thea will tell Gudrun once this week that she does not know what she feels.",
        "Cold water before the stove; the number of the clinic's line is on the fridge.",
        "Introductory group: bring one question.",
    ),
    risk_flags=("self_harm_urge",),
    risk_words=(
        (
            "Urge to burn herself on one evening, not acted on. No suicidal thoughts, asked directly. Crisis plan "
            "begun, Gudrun informed with consent."
        ),
    ),
    safe_words=("Asked about burning and suicidal thoughts: none this week.",),
)
