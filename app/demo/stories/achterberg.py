"""Marlow: in the final phase. He clings and pushes away by turns, above all around his son."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

MARLOW = Storyline(
    key="achterberg",
    given_name="Marlow",
    family_name="Achterberg",
    pronouns="he/him",
    birth_date=date(1981, 8, 9),
    therapist="maya.lindqvist",
    weekday=0,
    hour=11,
    started=461,
    group=411,
    psychiatrist=True,
    concerns=("anger", "impulsivity", "substance_use", "parenting_difficulty"),
    diagnoses=(
        {"code": "6D10.1", "system": "icd-11", "status": "provisional", "reason": "First impression at referral."},
        {
            "code": "6D10.1",
            "system": "icd-11",
            "status": "confirmed",
            "reason": "Confirmed with Marlow at the six-month review.",
        },
    ),
    support=({"name": "Joost Achterberg", "relationship": "brother", "phone": "555-0111", "may_be_contacted": True},),
    mix_at_start=(0.4, 0.1, 0.5),
    mix_at_end=(0.38, 0.36, 0.26),
    distress=0.9,
    relief=0.64,
    setback=Setback(8.2, "The family court postponed the hearing about contact with Emil by two months."),
    stabilise=GoalWords(
        "I want Emil to see a father who can be sad without shouting.",
        "Shouting or leaving at most hand-overs; cannot say what came before.",
        "Two calm hand-overs in three; can tell Emil in one sentence what he feels.",
        2,
        8,
    ),
    reduce=GoalWords(
        "No more driving off, no more drinking at people.",
        "Drives off after arguments, sometimes after drinking; five threatening messages in a month.",
        "Does not drive when angry; no alcohol on days with Emil.",
        2,
        8,
    ),
    early=(
        Situation(
            "children",
            "separation",
            "anger",
            "{when}, Emil cried at the hand-over and Lena took him out of Marlow's arms.",
        ),
        Situation(
            "family",
            "conflict",
            "anger",
            "{when}, Lena asked for the winter coat and Marlow drove off with it.",
            "mixed",
            ("self_destructive_behaviour",),
        ),
        Situation(
            "services",
            "injustice_felt",
            "anger",
            "{when}, a letter from the youth office called the visits 'supervised'.",
        ),
        Situation(
            "work_study",
            "criticism",
            "shame",
            ("{when}, the foreman sent him home from the building site after a row."),
        ),
        Situation("alone", "substance", "emptiness", "{when}, he drank in the parked car under Emil's window."),
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, he met a woman in a bar and by Sunday had asked her to move in.",
            "mixed",
            ("rapid_relationship_turnover",),
        ),
        Situation("with_therapist", "misunderstood", "anger", "I asked about Lena's view, and he stood up."),
        Situation("with_therapist", "criticism", "shame", "I named the missed session, and he put his coat back on."),
    ),
    middle=(
        Situation(
            "children",
            "closeness",
            "sadness",
            "{when}, Emil fell asleep on his shoulder and Marlow could not move for an hour.",
        ),
        Situation("children", "rejection_felt", "sadness", "{when}, Emil asked to go home an hour early."),
        Situation("family", "conflict", "anger", "{when}, Lena brought her new partner to the hand-over."),
        Situation("family", "criticism", "shame", "{when}, his brother Joost said that he sounds like their father."),
        Situation("services", "injustice_felt", "anger", "{when}, the court moved the date again by letter."),
        Situation(
            "services", "shame", "shame", "{when}, the youth office worker took notes while he played with Emil."
        ),
        Situation("work_study", "change", "fear", "{when}, the firm announced short-time work."),
        Situation(
            "alone",
            "sleep_body",
            "anger",
            "{when}, after two hours of sleep, he wrote a message to Lena's lawyer and deleted it.",
        ),
        Situation(
            "friends", "rejection_felt", "jealousy", "{when}, nobody from the old crew asked him along to the match."
        ),
        Situation(
            "with_therapist",
            "therapist_absence",
            "anger",
            "I had cancelled a session because I was ill, and he said he had expected no better.",
        ),
        Situation(
            "with_therapist",
            "closeness",
            "unclear",
            "He thanked me, and then found fault with the clock, the chair and the tea.",
        ),
    ),
    late=(
        Situation(
            "children", "separation", "sadness", "{when}, Emil started school and asked who would stand at the gate."
        ),
        Situation(
            "children",
            "conflict",
            "anger",
            "{when}, Emil threw a plate and Marlow left the kitchen, counted, and came back.",
        ),
        Situation("family", "misunderstood", "anger", "{when}, Lena read one of his messages as a threat."),
        Situation("services", "change", "interest", "{when}, the youth office proposed visits without supervision."),
        Situation(
            "work_study",
            "conflict",
            "anger",
            "{when}, he told the foreman no, in a normal voice, and trembled afterwards.",
        ),
        Situation("with_therapist", "separation", "sadness", "We looked at the calendar of the last months together."),
        Situation(
            "with_therapist",
            "loss",
            "anger",
            "He said that at the end everybody gets rid of him, only here it has a date.",
        ),
    ),
    quotes={
        "hyperactivation": (
            "She does it to destroy me. That is a fact.",
            "They had the letter ready before they ever met me.",
        ),
        "deactivation": ("Fine. Then I have no son on Saturdays.", "I went grey inside. Nothing more to say."),
        "mixed": (
            "I shouted that I never want to see her again and then I waited outside for three hours.",
            "I loved her and I could have broken the door.",
        ),
    },
    gains=(
        (
            "perspective_taking",
            "Marlow described the hand-over from Emil's height: two big people, nobody looking at him.",
        ),
        ("impact_awareness", "Marlow said that his silence may be as loud for Lena as his shouting."),
        (
            "changed_mind",
            (
                "Marlow no longer thought that the social worker had wanted to catch him out; she may have been "
                "nervous too."
            ),
        ),
        ("humour", "Marlow smiled at the thought of the winter coat, which has been to three counties."),
        (
            "flexible_view",
            "Marlow found three reasons for an early end of the visit, two of which had nothing to do with him.",
        ),
    ),
    plans=(
        "Marlow will park the car two streets away and walk to hand-overs.",
        "Marlow will read messages to Lena aloud to Joost before he sends them.",
        "No alcohol on the day before and the day of a visit with Emil.",
        "Look together at the hand-over plan before Saturday.",
    ),
    risk_flags=("impulsive_risk_taking", "substance_risk"),
    risk_words=(
        (
            "Drove off in anger once, sober. No thoughts of harming Lena or Emil, asked directly. Keys go to Joost "
            "on hand-over days."
        ),
        (
            "Drank on two evenings, did not drive. Passing thoughts of not being there, no plan, no intent. Crisis "
            "plan reviewed."
        ),
        (
            "Wrote threatening messages and did not send them. Emil was not present. We agreed on a call to the "
            "clinic first."
        ),
    ),
    safe_words=(
        "No risk identified this week. No alcohol on the days with Emil.",
        "Asked about driving, alcohol and dark thoughts: none since the last session.",
    ),
)
