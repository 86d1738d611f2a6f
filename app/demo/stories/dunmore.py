"""Saskia: a treatment that ended early, after seven months, by her own choice and with a goodbye."""

from datetime import date

from app.demo.storyline import GoalWords, Situation, Storyline

SASKIA = Storyline(
    key="dunmore",
    given_name="Saskia",
    family_name="Dunmore",
    pronouns="she/her",
    birth_date=date(1999, 2, 23),
    therapist="tomas.riva",
    weekday=0,
    hour=14,
    started=396,
    over=183,
    end_reason="client_choice",
    end_comment="Saskia decided to stop after seven months. We had two sessions to speak about it. She knows how "
    "to come "
    "back and has her crisis plan. She thought the group came too early for her; I agree.",
    group=318,
    video_share=0.2,
    concerns=("mistrust", "anger", "loneliness", "trauma"),
    support=({"name": "Jette Dunmore", "relationship": "grandmother", "phone": "555-0131", "may_be_contacted": True},),
    mix_at_start=(0.22, 0.42, 0.36),
    mix_at_end=(0.15, 0.6, 0.25),
    distress=0.84,
    relief=0.22,
    stabilise=GoalWords(
        "I do not want to go cold on people from one minute to the next.",
        "Cuts contact at the first disappointment; long blank spells afterwards.",
        "Can stay in contact for a day after a disappointment.",
        2,
        6,
    ),
    reduce=GoalWords(
        "I want to stop walking out of things.",
        "Left three flats, two courses and one hospital appointment in a year.",
        "Says that she wants to leave before she leaves.",
        3,
        7,
    ),
    early=(
        Situation(
            "work_study",
            "criticism",
            "anger",
            "{when}, the tutor asked Saskia to stay behind, and she left by the other door.",
            "deactivation",
            ("abrupt_ending",),
        ),
        Situation("friends", "closeness", "fear", "{when}, a flatmate said she was glad that Saskia lives there."),
        Situation("family", "loss", "sadness", "{when}, her grandmother Jette spoke about selling the house."),
        Situation(
            "services", "injustice_felt", "anger", "{when}, the housing office lost her form for the second time."
        ),
        Situation(
            "with_therapist",
            "misunderstood",
            "anger",
            "I summed up what she had said, and got the most important part wrong.",
        ),
        Situation(
            "with_therapist", "closeness", "numb", "I said I was glad she had come back after two missed sessions."
        ),
        Situation(
            "online",
            "rejection_felt",
            "shame",
            "{when}, she was removed from a chat group and learnt it from a third person.",
        ),
    ),
    middle=(
        Situation(
            "friends",
            "conflict",
            "anger",
            "{when}, the flatmate asked about the rent, and Saskia looked at other flats the same night.",
        ),
        Situation("family", "separation", "numb", "{when}, Jette's house was shown to buyers."),
        Situation(
            "in_group",
            "group_event",
            "fear",
            "She spoke about the first group evenings, in which she had counted the minutes.",
        ),
        Situation("work_study", "shame", "shame", "{when}, she had to read her own text aloud in the course."),
        Situation(
            "with_therapist",
            "conflict",
            "anger",
            "She said that she had thought about stopping since our first meeting.",
        ),
        Situation(
            "with_therapist",
            "separation",
            "sadness",
            "We spoke about her wish to stop, and what each of us makes of it.",
        ),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, she did not leave her room for two days and told no one.",
        ),
    ),
    quotes={
        "hyperactivation": ("You were waiting for a reason to get rid of me.",),
        "deactivation": ("I do not do people.", "I felt nothing, which was nice.", "It is just a building."),
        "mixed": ("I wrote her a long letter and put it in the bin in front of her.",),
    },
    gains=(
        ("impact_awareness", "Saskia said that the flatmate may not know why she went silent."),
        ("curiosity", "Saskia wondered, for a moment, what her grandmother feels about the house."),
    ),
    plans=(
        "Saskia will send a message if she does not want to come, even one word.",
        "We keep the hour free and speak about missed sessions without reproach.",
        "Ask the group leaders for a quieter start for her.",
    ),
    risk_flags=("self_neglect",),
    risk_words=(
        "Ate little and slept by day this week. No suicidal thoughts, asked directly. Jette looks in on Sunday.",
        "Says she would not tell me if things were bad. We wrote two numbers on her card. No plan, no intent.",
    ),
    safe_words=("Asked about self-harm and suicidal thoughts: none.", "No risk identified; she slept at Jette's."),
)
