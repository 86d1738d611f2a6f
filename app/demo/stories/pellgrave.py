"""Dario: in his second month, with the trainee. Anger is the one feeling he knows by name."""

from datetime import date

from app.demo.storyline import GoalWords, Situation, Storyline

DARIO = Storyline(
    key="pellgrave",
    given_name="Dario",
    family_name="Pellgrave",
    pronouns="he/him",
    birth_date=date(1995, 7, 19),
    therapist="noor.haddad",
    weekday=2,
    hour=14,
    started=57,
    concerns=("anger", "impulsivity", "mistrust"),
    support=({"name": "Milena Pellgrave", "relationship": "sister", "phone": "555-0115", "may_be_contacted": True},),
    mix_at_start=(0.62, 0.1, 0.28),
    mix_at_end=(0.5, 0.3, 0.2),
    distress=0.9,
    stabilise=GoalWords(
        "I want to know there is a fuse before it is gone.",
        "Goes from calm to shouting in seconds; afterwards exhausted for a day.",
        "Notices the fuse; can say 'give me five minutes'.",
        2,
        7,
    ),
    reduce=GoalWords(
        "No fights, no fast riding.",
        "Two fights and several rides at twice the limit in three months.",
        "Leaves the bike at home on bad days; no fights.",
        2,
        8,
    ),
    early=(
        Situation(
            "strangers",
            "injustice_felt",
            "anger",
            "{when}, a driver cut him off and Dario followed the car for ten minutes.",
        ),
        Situation(
            "work_study",
            "criticism",
            "anger",
            ("{when}, a guest sent a dish back and the head chef repeated it aloud."),
        ),
        Situation("family", "misunderstood", "anger", "{when}, his sister Milena told him to calm down."),
        Situation("friends", "rejection_felt", "shame", "{when}, the others had started eating without him."),
        Situation(
            "with_therapist", "misunderstood", "anger", "I asked what he had felt, and he said 'what do you think'."
        ),
        Situation("with_therapist", "shame", "shame", "I asked about the bandage on his hand."),
        Situation(
            "partner",
            "rejection_felt",
            "jealousy",
            "{when}, a woman he has met twice did not answer for an evening.",
            "hyperactivation",
            ("rapid_attachment",),
        ),
        Situation(
            "alone",
            "sleep_body",
            "anger",
            "{when}, after a double shift, he rode the ring road until the tank was empty.",
            "mixed",
            ("self_destructive_behaviour",),
        ),
    ),
    quotes={
        "hyperactivation": ("He did it on purpose. I saw his eyes in the mirror.", "They wait until I look stupid."),
        "deactivation": ("I do not do feelings, I do plates.",),
        "mixed": ("I wanted to hit him and I wanted him to like me.",),
    },
    gains=(
        ("curiosity", "Dario asked how one would notice a fuse."),
        ("humour", "Dario said he would put 'fuse' on the menu."),
    ),
    plans=(
        "Dario will leave the motorbike at home on days with double shifts.",
        "Dario will tell me one moment before it became anger.",
        "Begin the crisis plan; Milena is willing to be in it.",
    ),
    risk_flags=("impulsive_risk_taking", "harm_to_others"),
    risk_words=(
        (
            "Punched a wall, hand treated. No wish to harm a particular person, asked directly. Motorbike stays at "
            "Milena's after double shifts."
        ),
        "Followed a driver and turned back. No weapon, no threats. We agreed on a call to Milena from the roadside.",
    ),
    safe_words=("Asked about fights, riding and dark thoughts: a quiet week.",),
)
