"""Idris: a course of 12 months that is complete. Distance kept him safe and left him alone."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

IDRIS = Storyline(
    key="fenwick",
    given_name="Idris",
    family_name="Fenwick",
    pronouns="he/him",
    birth_date=date(1986, 11, 2),
    therapist="maya.lindqvist",
    weekday=2,
    hour=9,
    started=470,
    planned_months=12,
    group=411,
    video_share=0.14,
    concerns=("emptiness", "relationship_difficulty", "substance_use", "work_study_difficulty"),
    diagnoses=(
        {"code": "6D10.0", "system": "icd-11", "status": "provisional", "reason": "Set provisionally at referral."},
    ),
    support=({"name": "Hana Fenwick", "relationship": "sister", "phone": "555-0121", "may_be_contacted": True},),
    mix_at_start=(0.16, 0.58, 0.26),
    mix_at_end=(0.24, 0.56, 0.2),
    distress=0.72,
    relief=0.55,
    setback=Setback(5.1, "Idris's father had a stroke; Idris travelled to the hospital and back in one night."),
    stabilise=GoalWords(
        "I would like to know what I feel before other people tell me.",
        "Says 'fine' to most questions; feelings show as headaches or as leaving the room.",
        "Can name one feeling in a conversation with Hana while it is happening.",
        3,
        7,
    ),
    reduce=GoalWords(
        "Fewer evenings that end with a bottle and a letter of resignation.",
        "Drinks alone three evenings a week; left two jobs without notice in a year.",
        "Sleeps a night over big decisions; drinks only in company.",
        3,
        7,
    ),
    early=(
        Situation(
            "work_study",
            "criticism",
            "shame",
            "{when}, his line manager asked for a report a second time and Idris wrote a resignation, unsent.",
        ),
        Situation("family", "closeness", "numb", "{when}, Hana hugged him at the door and he went to see to the car."),
        Situation(
            "family",
            "conflict",
            "anger",
            "{when}, his father said on the telephone that Idris had 'always been the cold one'.",
        ),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, he drank a bottle of wine in front of a film he could not remember.",
        ),
        Situation(
            "with_therapist",
            "closeness",
            "numb",
            "I remarked that he had come in spite of the snow, and he began to speak about tyres.",
        ),
        Situation("with_therapist", "misunderstood", "anger", "He said that my question sounded like one from a form."),
    ),
    middle=(
        Situation("family", "loss", "numb", "{when}, he sat beside his father's bed and read all the monitors aloud."),
        Situation(
            "family",
            "closeness",
            "sadness",
            "{when}, his father could not find the word for 'son' and held his sleeve.",
        ),
        Situation("family", "conflict", "guilt", "{when}, Hana said she cannot do all the visits alone."),
        Situation(
            "work_study", "change", "fear", "{when}, the office was reorganised and his desk was gone after lunch."
        ),
        Situation("work_study", "criticism", "anger", "{when}, a client sent back a drawing with four lines of red."),
        Situation(
            "alone",
            "substance",
            "guilt",
            "{when}, he stood in front of the wine shelf for a long time, bought nothing and told no one.",
        ),
        Situation("friends", "closeness", "unclear", "{when}, an old friend, Pell, asked how he really was."),
        Situation(
            "with_therapist",
            "separation",
            "numb",
            "I reminded him that I would be away for a week, and he said it suited him.",
        ),
        Situation(
            "with_therapist",
            "criticism",
            "shame",
            ("I said I had missed him in the last session although he was there."),
        ),
    ),
    late=(
        Situation("family", "closeness", "sadness", "{when}, he shaved his father and both of them were silent."),
        Situation(
            "family",
            "conflict",
            "anger",
            ("{when}, Hana and he disagreed about the care home and stayed at the table."),
        ),
        Situation(
            "work_study", "change", "interest", "{when}, he told his manager that two projects at once are too many."
        ),
        Situation("friends", "separation", "sadness", "{when}, Pell said he will move abroad in the autumn."),
        Situation(
            "with_therapist", "loss", "sadness", "We spoke about the last six sessions and what he will not miss."
        ),
    ),
    quotes={
        "hyperactivation": ("He has decided that I am useless, full stop.",),
        "deactivation": (
            "There is nothing there. I looked.",
            "I observed that I was, apparently, upset.",
            "People are fine. I prefer them in small amounts.",
        ),
        "mixed": (
            "I drove two hours to see him and left after ten minutes.",
            "I rang her and hoped she would not pick up.",
        ),
    },
    gains=(
        ("curiosity", "Idris asked himself what the headache would say if it could speak, and waited for an answer."),
        (
            "perspective_taking",
            "Idris described the hospital night from Hana's side, including what he had not told her.",
        ),
        (
            "changed_mind",
            "Idris took back that his father 'feels nothing' and called it a guess he has held for thirty years.",
        ),
        ("repair_offered", "Idris had telephoned Hana the same evening, without being asked."),
    ),
    plans=(
        "Idris will name one feeling a day in a message to himself.",
        "Idris will stay ten minutes longer than he wants to on the next visit.",
        "No letters of resignation after six in the evening.",
        "Share in group one thing he usually keeps for the journey home.",
    ),
    risk_flags=("substance_risk",),
    risk_words=(
        (
            "Drank alone on three evenings. No suicidal thoughts, asked directly. Agreed to tell Hana on the third "
            "evening."
        ),
        "More alcohol than planned after the visit. Did not drive. No thoughts of self-harm.",
    ),
    safe_words=(
        "No risk identified. One glass, in company.",
        "Asked about alcohol and about low moments: nothing of concern this week.",
    ),
)
