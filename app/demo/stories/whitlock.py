"""Amara: at the start of the middle phase. She reads every face at once, and reads danger in most of them."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

AMARA = Storyline(
    key="whitlock",
    given_name="Amara",
    family_name="Whitlock",
    pronouns="she/her",
    birth_date=date(1992, 12, 11),
    therapist="maya.lindqvist",
    weekday=3,
    hour=12,
    started=128,
    group=74,
    concerns=("mood_instability", "anxiety", "relationship_difficulty", "anger"),
    support=({"name": "Jonas Brecht", "relationship": "partner", "phone": "555-0191", "may_be_contacted": True},),
    mix_at_start=(0.72, 0.06, 0.22),
    mix_at_end=(0.5, 0.3, 0.2),
    distress=0.88,
    relief=0.66,
    setback=Setback(2.9, "Jonas asked for two weeks apart and stayed with his brother."),
    stabilise=GoalWords(
        "I want to feel it without everybody on the ward knowing.",
        "Cries in the store room on most shifts; checks faces all day.",
        "Gets through a shift and speaks about it afterwards.",
        3,
        7,
    ),
    reduce=GoalWords(
        "I want to stop testing Jonas.",
        "Threatens to leave twice a week; reads his telephone.",
        "Says what she is afraid of instead of testing him.",
        2,
        7,
    ),
    early=(
        Situation(
            "partner",
            "rejection_felt",
            "fear",
            "{when}, Jonas came home late and said only that it had been a long day.",
        ),
        Situation("partner", "separation", "fear", "{when}, Jonas turned over in bed, and Amara lay awake until five."),
        Situation(
            "partner",
            "conflict",
            "anger",
            "{when}, Amara told Jonas to go and hid his keys.",
            "mixed",
            ("mixed_relating",),
        ),
        Situation("work_study", "criticism", "shame", "{when}, the ward sister checked one of her charts twice."),
        Situation("work_study", "misunderstood", "anger", "{when}, a colleague said she takes everything personally."),
        Situation("family", "criticism", "shame", "{when}, her aunt asked when there would be a wedding."),
        Situation(
            "with_therapist",
            "misunderstood",
            "fear",
            "I frowned at the light from the window, and she stopped in mid-sentence.",
        ),
        Situation(
            "with_therapist",
            "closeness",
            "joy",
            "She said that she tells me more than anyone, in the third session.",
            "hyperactivation",
            ("over_trust", "idealisation"),
        ),
        Situation(
            "online",
            "rejection_felt",
            "jealousy",
            ("{when}, she saw that Jonas had been online at one in the morning."),
        ),
    ),
    middle=(
        Situation(
            "partner",
            "separation",
            "sadness",
            "{when}, Jonas telephoned from his brother's and she let it ring, then rang eleven times.",
        ),
        Situation("partner", "closeness", "unclear", "{when}, Jonas came to collect his shirts and stayed for tea."),
        Situation("work_study", "shame", "shame", "{when}, a patient's daughter asked for 'another nurse'."),
        Situation(
            "work_study",
            "closeness",
            "interest",
            "{when}, the ward sister asked how she was, and seemed to want to know.",
        ),
        Situation(
            "with_therapist",
            "separation",
            "anger",
            "I said we would have to stop, two minutes late, and she thought it was two minutes early.",
        ),
        Situation("family", "misunderstood", "anger", "{when}, her aunt told the family about the two weeks apart."),
    ),
    quotes={
        "hyperactivation": (
            "I saw it in his shoulders. He has stopped loving me.",
            "Everyone on that ward thinks I am not safe.",
        ),
        "deactivation": ("Then he can stay there. I have shifts to do.",),
        "mixed": ("I told him to go and I hid his keys.",),
    },
    gains=(
        ("flexible_view", "Amara allowed that shoulders can also be tired."),
        ("curiosity", "Amara wanted to know what she looks for in a face before she finds it."),
        ("impact_awareness", "Amara said that being tested twice a week must be exhausting."),
    ),
    plans=(
        "Amara will tell Jonas one fear a week, as a fear.",
        "Amara will write down the face, the guess and one other guess.",
        "Bring a moment from the ward that went well.",
    ),
    risk_flags=("self_harm_urge",),
    risk_words=(
        "Scratched her arms in the store room, no wound. No suicidal thoughts, asked directly. Crisis plan begun.",
        "Said to Jonas that she might as well not be there; no plan, no intent. Jonas knows the clinic's number.",
    ),
    safe_words=("Asked about self-harm and suicidal thoughts: none this week.", "No risk identified."),
)
