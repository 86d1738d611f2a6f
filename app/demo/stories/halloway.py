"""Wren: a course of 18 months that is complete, with a follow-up. Closeness felt like something to hold on to."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

WREN = Storyline(
    key="halloway",
    given_name="Wren",
    family_name="Halloway",
    pronouns="they/them",
    birth_date=date(1994, 5, 17),
    therapist="tomas.riva",
    weekday=1,
    hour=10,
    started=700,
    group=411,
    psychiatrist=True,
    concerns=("fear_of_abandonment", "mood_instability", "self_harm", "relationship_difficulty"),
    diagnoses=(
        {"code": "6D10.1", "system": "icd-11", "status": "confirmed", "reason": "Agreed together after assessment."},
    ),
    support=(
        {"name": "Corin Vale", "relationship": "former partner", "phone": "555-0141", "may_be_contacted": False},
        {"name": "Agnes Halloway", "relationship": "aunt", "phone": "555-0142", "may_be_contacted": True},
    ),
    mix_at_start=(0.66, 0.06, 0.28),
    mix_at_end=(0.5, 0.3, 0.2),
    distress=0.92,
    relief=0.72,
    setback=Setback(6.2, "Corin moved out at short notice; Wren has been staying with their aunt since."),
    stabilise=GoalWords(
        "I want a feeling to stay a feeling, not turn into the whole day.",
        "Swings of mood several times a day, mostly around Corin; two days a week lost to them.",
        "Notices the first hour of a swing and can say what it is about.",
        2,
        7,
    ),
    reduce=GoalWords(
        "I want to stop doing things at night that I have to explain in the morning.",
        "Cutting about weekly; walks alone at night; strings of messages.",
        "Three months without self-harm, and waiting until morning before big messages.",
        2,
        8,
    ),
    early=(
        Situation(
            "partner",
            "separation",
            "fear",
            "{when}, Corin spent the night at a friend's and three calls went unanswered.",
        ),
        Situation("partner", "rejection_felt", "fear", "{when}, Corin's reply to a long message was a single word."),
        Situation(
            "partner", "conflict", "anger", "{when}, an argument with Corin about money ended with a slammed door."
        ),
        Situation(
            "family",
            "criticism",
            "shame",
            ("{when}, Wren's mother called the therapy 'another phase' on the telephone."),
        ),
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, Wren met someone at a concert and by the next day had told this person everything.",
            "hyperactivation",
            ("rapid_attachment", "over_trust"),
        ),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, the flat was quiet and Wren walked along the river until two in the morning.",
            "mixed",
            ("self_destructive_behaviour",),
        ),
        Situation(
            "with_therapist",
            "therapist_absence",
            "fear",
            "I announced a week of leave at the beginning of the session.",
        ),
        Situation(
            "work_study",
            "criticism",
            "shame",
            "{when}, the head gardener corrected how Wren had potted a whole tray of seedlings.",
        ),
        Situation(
            "with_therapist",
            "misunderstood",
            "anger",
            "I got the name of Wren's aunt wrong, and the room changed at once.",
        ),
    ),
    middle=(
        Situation(
            "partner",
            "separation",
            "sadness",
            "{when}, Corin collected the last boxes and stayed for less than ten minutes.",
        ),
        Situation("partner", "rejection_felt", "jealousy", "{when}, Wren saw a photograph of Corin with somebody new."),
        Situation(
            "family",
            "misunderstood",
            "anger",
            "{when}, Wren's mother changed the subject when Wren spoke about a bad night.",
        ),
        Situation(
            "family",
            "closeness",
            "unclear",
            "{when}, Aunt Agnes cooked for Wren and asked nothing, which was harder to bear than questions.",
        ),
        Situation("work_study", "change", "fear", "{when}, the nursery put Wren on a new team without asking first."),
        Situation(
            "work_study",
            "conflict",
            "anger",
            "{when}, a colleague took the credit for the spring display Wren had planned.",
        ),
        Situation(
            "friends",
            "rejection_felt",
            "shame",
            "{when}, two friends made plans in front of Wren and did not include them.",
        ),
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, a new friend, Ilse, offered Wren a key to the flat after three weeks.",
            "hyperactivation",
            ("idealisation",),
        ),
        Situation(
            "alone",
            "sleep_body",
            "emptiness",
            (
                "{when}, after three short nights, Wren sat with the old razor box on their lap and then telephoned "
                "Agnes."
            ),
        ),
        Situation("with_therapist", "separation", "anger", "We spoke about the three weeks until the summer break."),
        Situation(
            "with_therapist",
            "closeness",
            "shame",
            "I said that I had been moved by what Wren told me, and Wren looked away.",
        ),
        Situation("online", "rejection_felt", "fear", "{when}, a message to Ilse stayed unread for a day."),
    ),
    late=(
        Situation("friends", "conflict", "anger", "{when}, Ilse cancelled a weekend they had both looked forward to."),
        Situation(
            "partner",
            "loss",
            "sadness",
            ("{when}, Wren met Corin by chance at the market and they spoke for a minute."),
        ),
        Situation(
            "family", "criticism", "anger", "{when}, Wren's mother asked when the therapy would 'finally be over'."
        ),
        Situation("work_study", "change", "interest", "{when}, Wren was asked to lead the apprentices for a month."),
        Situation(
            "with_therapist",
            "separation",
            "sadness",
            "We counted the sessions that are left and wrote the number down.",
        ),
        Situation(
            "with_therapist",
            "loss",
            "anger",
            "Wren said that talking about the ending felt like being shown the door politely.",
        ),
        Situation(
            "alone",
            "emotional_distress",
            "sadness",
            "{when}, Wren felt the old pull to walk at night and stayed in with the radio on.",
        ),
        Situation("family", "closeness", "joy", "{when}, Aunt Agnes asked Wren to plan the garden with her."),
    ),
    quotes={
        "hyperactivation": (
            "I know exactly what that means. It is over.",
            "If nobody answers, I stop existing.",
            "I could hear in the first word that I was too much.",
        ),
        "deactivation": ("It does not matter. I am used to it.", "I just switched off, like a shop."),
        "mixed": ("I begged, and then I blocked the number.", "I wanted to be held and I wanted everyone out."),
    },
    gains=(
        ("flexible_view", "Wren offered two other reasons why a message can stay unanswered, one of them funny."),
        (
            "impact_awareness",
            "Wren wondered aloud what twenty messages in a night are like for the person who gets them.",
        ),
        ("opacity_accepted", "Wren said, slowly, that they could not know what Corin had felt in the doorway."),
        ("curiosity", "Wren became interested in the half hour before the urge, which used to be a blank."),
        ("repair_offered", "Wren had written a short, plain apology to Ilse and told me how long it took."),
        ("humour", "Wren laughed about 'the committee' that meets in their head at two in the morning."),
    ),
    plans=(
        "Wren will note the hour before an urge, in three words.",
        "Wren will wait until morning before sending messages longer than two lines.",
        "Crisis plan checked: Aunt Agnes first, then the clinic's line.",
        "Bring the week's hardest message, sent or unsent, to the next session.",
    ),
    risk_flags=("self_harm_urge",),
    risk_words=(
        "Urges to cut on two evenings, acted on neither. Went through the crisis plan; Aunt Agnes can be reached.",
        (
            "One superficial cut, cleaned and covered. No intent to die, asked directly. Crisis plan reviewed and "
            "safe storage agreed."
        ),
        (
            "Night walks again. We agreed on a telephone call to Agnes before leaving the flat. No suicidal thoughts "
            "reported."
        ),
    ),
    safe_words=(
        "Asked about self-harm and suicidal thoughts: none this week.",
        "No self-harm since the last session; sleep is better. Crisis plan unchanged.",
    ),
)
