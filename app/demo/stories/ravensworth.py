"""Kit: in the middle phase, with the trainee. Trust comes in a rush and goes the same way."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

KIT = Storyline(
    key="ravensworth",
    given_name="Kit",
    family_name="Ravensworth",
    pronouns="they/them",
    birth_date=date(1997, 9, 21),
    therapist="noor.haddad",
    weekday=1,
    hour=16,
    started=212,
    group=143,
    psychiatrist=True,
    concerns=("mood_instability", "impulsivity", "fear_of_abandonment", "substance_use"),
    diagnoses=({"code": "6D10.1", "system": "icd-11", "status": "provisional", "reason": "Working diagnosis."},),
    support=({"name": "Ansel Ravensworth", "relationship": "brother", "phone": "555-0181", "may_be_contacted": True},),
    mix_at_start=(0.6, 0.08, 0.32),
    mix_at_end=(0.48, 0.28, 0.24),
    distress=0.9,
    relief=0.64,
    setback=Setback(3.9, "Kit's job at the call centre was cut; the news came in a group e-mail."),
    stabilise=GoalWords(
        "I want to have a bad hour, not a bad week.",
        "One hard telephone call can decide a week; cries or rages at work.",
        "Comes back within an evening and can tell Ansel what happened.",
        2,
        7,
    ),
    reduce=GoalWords(
        "Think first, then press send, or the pill, or the door.",
        "Pills at parties twice a month; quits groups, chats and jobs on the spot.",
        "Calls Ansel before quitting anything; no pills for three months.",
        2,
        7,
    ),
    early=(
        Situation(
            "work_study", "criticism", "shame", "{when}, a caller shouted at Kit and the team leader listened in."
        ),
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, Kit met Sol at a party; by the next evening they had planned a business together.",
            "hyperactivation",
            ("rapid_attachment", "over_trust"),
        ),
        Situation("family", "separation", "fear", "{when}, Ansel said he would be offline for a weekend."),
        Situation(
            "online",
            "conflict",
            "anger",
            "{when}, Kit left a chat of four years after one remark.",
            "mixed",
            ("abrupt_ending",),
        ),
        Situation(
            "strangers",
            "substance",
            "unclear",
            "{when}, Kit took two pills from a stranger because he had looked kind.",
            "hyperactivation",
            ("over_trust",),
        ),
        Situation("with_therapist", "misunderstood", "anger", "I repeated a question that Kit had already answered."),
        Situation(
            "with_therapist",
            "separation",
            "fear",
            (
                "I said that Dr Albrecht hears recordings of our sessions, as agreed, and Kit asked who decides when "
                "we stop."
            ),
        ),
    ),
    middle=(
        Situation(
            "work_study",
            "loss",
            "shame",
            "{when}, Kit handed in headset and badge and was given a bag for their things.",
        ),
        Situation("work_study", "rejection_felt", "shame", "{when}, the third application came back within an hour."),
        Situation(
            "friends", "misunderstood", "anger", "{when}, Sol laughed about the business plan in front of others."
        ),
        Situation("friends", "rejection_felt", "jealousy", "{when}, Sol moved in with somebody Kit had introduced."),
        Situation(
            "family", "closeness", "sadness", "{when}, Ansel came over with soup and said nothing about the job."
        ),
        Situation(
            "family", "criticism", "anger", "{when}, Ansel asked whether Kit had really needed the new telephone."
        ),
        Situation(
            "online", "rejection_felt", "fear", "{when}, Kit's message to the old chat stayed without an answer."
        ),
        Situation("services", "injustice_felt", "anger", "{when}, the job centre gave Kit the same form twice."),
        Situation(
            "with_therapist",
            "closeness",
            "joy",
            "Kit said I was the best therapist in the country, and then listed my mistakes.",
            "mixed",
            ("mixed_relating",),
        ),
        Situation("with_therapist", "therapist_absence", "anger", "I had been ill the week before."),
    ),
    quotes={
        "hyperactivation": (
            "I know him better than people I have known for years.",
            "She sighed. So she is done with me.",
            "Everybody in that room had already decided.",
        ),
        "deactivation": ("It was only a headset.", "I did not need them anyway."),
        "mixed": ("I wrote 'I love you all' and left the group.",),
    },
    gains=(
        ("flexible_view", "Kit thought of two harmless reasons for the sigh of the team leader."),
        ("curiosity", "Kit wanted to know what had made the stranger look kind."),
        ("impact_awareness", "Kit wondered what it is like for Ansel to be the only number in the plan."),
        ("repair_offered", "Kit wrote to the old chat, without an explanation and without a reproach."),
    ),
    plans=(
        "Kit will call Ansel before quitting anything.",
        "Bring the message that was hardest not to send.",
        "Kit will write applications with Ansel in the room.",
        "Look at the crisis plan again with Dr Albrecht's comments.",
    ),
    risk_flags=("impulsive_risk_taking", "substance_risk"),
    risk_words=(
        (
            "Took pills from a stranger at a party. No suicidal thoughts, asked directly. Harm reduction discussed; "
            "Ansel's number is in the plan."
        ),
        (
            "Wanted to 'make it stop' on Sunday, no plan, no intent. Went to Ansel's. Discussed with Dr Albrecht the "
            "same day."
        ),
    ),
    safe_words=(
        "Asked about drugs, self-harm and suicidal thoughts: none this week.",
        "No risk identified. Kit stayed with Ansel on the hard evening.",
    ),
)
