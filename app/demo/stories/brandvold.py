"""Ottilie: a course of 20 months, with a written reason. Under stress she goes far away, then comes back alarmed."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

OTTILIE = Storyline(
    key="brandvold",
    given_name="Ottilie",
    family_name="Brandvold",
    preferred_name="Tilly",
    pronouns="she/her",
    birth_date=date(1978, 6, 14),
    therapist="maya.lindqvist",
    weekday=1,
    hour=13,
    started=309,
    planned_months=20,
    duration_reason="Two planned operations will each interrupt weekly work for about a month. Tilly and the "
    "team agreed "
    "on 20 months, so that the final phase is not cut short.",
    group=245,
    psychiatrist=True,
    delivery="in_person",
    video_share=0.15,
    concerns=("dissociation", "trauma", "fear_of_abandonment", "suicidal_ideation"),
    diagnoses=(
        {
            "code": "6B41",
            "system": "icd-11",
            "status": "revised",
            "replaced_by": "6D10.2",
            "reason": "Revised after assessment.",
        },
        {"code": "6D10.2", "system": "icd-11", "status": "confirmed", "reason": "Confirmed by Dr Okoye."},
    ),
    support=(
        {"name": "Runa Brandvold", "relationship": "daughter", "phone": "555-0161", "may_be_contacted": True},
        {"name": "Per Solheim", "relationship": "neighbour", "phone": "555-0162", "may_be_contacted": True},
    ),
    mix_at_start=(0.3, 0.22, 0.48),
    mix_at_end=(0.3, 0.46, 0.24),
    distress=0.9,
    relief=0.58,
    setback=Setback(5.3, "The first operation was brought forward by two weeks; Tilly spent nine days in hospital."),
    stabilise=GoalWords(
        "I want to stay in the room, also when it gets hard.",
        "Loses minutes or hours when upset; comes back frightened and ashamed.",
        "Notices that she is going and can say so before she is gone.",
        2,
        7,
    ),
    reduce=GoalWords(
        "I want to put the tablets back without having counted them.",
        "Counts and hoards tablets when alone; two overdoses in three years.",
        "No stock at home; calls Per or Runa before the cupboard.",
        3,
        8,
    ),
    early=(
        Situation("family", "separation", "fear", "{when}, Runa said that she will not come every weekend any more."),
        Situation("family", "criticism", "shame", "{when}, Runa asked what had happened to the money on the table."),
        Situation("services", "change", "fear", "{when}, the hospital moved the date of the operation by letter."),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, she found herself in the kitchen at four with the tablets counted out.",
            "mixed",
            ("self_destructive_behaviour",),
        ),
        Situation(
            "with_therapist",
            "closeness",
            "fear",
            ("I moved my chair a little, and for some minutes she was not there."),
        ),
        Situation("with_therapist", "misunderstood", "shame", "I asked about her mother earlier than I should have."),
        Situation(
            "strangers", "conflict", "fear", "{when}, two men quarrelled on the bus and she got off four stops early."
        ),
    ),
    middle=(
        Situation(
            "services",
            "shame",
            "shame",
            "{when}, a doctor on the ward read out her list of diagnoses in front of others.",
        ),
        Situation("services", "separation", "fear", "{when}, the nurse she trusted went off shift without saying so."),
        Situation("family", "closeness", "sadness", "{when}, Runa sat on the bed and combed her hair."),
        Situation("family", "conflict", "anger", "{when}, Runa and she argued about the spare key."),
        Situation(
            "friends",
            "closeness",
            "unclear",
            "{when}, Per mended the gate without being asked and would not take money.",
        ),
        Situation("friends", "misunderstood", "anger", "{when}, Per said that everybody has a bad childhood."),
        Situation(
            "alone",
            "sleep_body",
            "fear",
            "{when}, the pain kept her awake and the hallway looked like another hallway.",
        ),
        Situation("alone", "loss", "sadness", "{when}, it was her mother's birthday and she bought a cake for nobody."),
        Situation(
            "work_study", "criticism", "shame", "{when}, the library asked whether she feels ready to come back."
        ),
        Situation("with_therapist", "therapist_absence", "fear", "It was our first session after my week of leave."),
        Situation("with_therapist", "conflict", "anger", "She told me that I had looked at the clock, and I had."),
    ),
    quotes={
        "hyperactivation": (
            "The way you said it, you are going to hand me over.",
            "She was out of the door in her head.",
        ),
        "deactivation": ("I heard your voice from a long way off.", "The body had the operation. I was elsewhere."),
        "mixed": ("I held her wrist and I could not feel my hand.", "Stay, I thought, and I said that she should go."),
    },
    gains=(
        ("curiosity", "Tilly described the first second of going away: the carpet becomes very interesting."),
        ("perspective_taking", "Tilly thought that Runa may be tired rather than tired of her."),
        (
            "opacity_accepted",
            "Tilly said that she had been sure I was angry, and that she might have lent me the anger.",
        ),
        ("changed_mind", "Tilly no longer took the nurse's silence for contempt: the ward had been one nurse short."),
        ("repair_offered", "Tilly gave Runa the spare key back with a note."),
    ),
    plans=(
        "Tilly will say 'I am going' as soon as the carpet becomes interesting.",
        "Per keeps the tablets; the practice gives out a week at a time.",
        "Feet on the floor, name five things: practised together, to be used on the bus.",
        "Write down for the ward what helps, one page.",
    ),
    risk_flags=("suicidal_ideation", "self_harm_urge"),
    risk_words=(
        (
            "Thoughts of not waking up on most nights, no plan, no intent. Tablets are with Per. Crisis plan "
            "reviewed; Dr Okoye informed."
        ),
        (
            "Counted tablets once and telephoned Runa. No intent to die, asked directly. A week's supply at a time "
            "from now on."
        ),
        "Passive suicidal thoughts after the letter. She can say what helps and will call the clinic's line at night.",
    ),
    safe_words=(
        "Asked about suicidal thoughts: fleeting, easier to let pass. No tablets at home.",
        "No risk identified this week; the tablets are with Per.",
    ),
)
