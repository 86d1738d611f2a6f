"""Leander: in the middle phase, with an overdue review. A new father who was taught that need is weakness."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

LEANDER = Storyline(
    key="mossgrove",
    given_name="Leander",
    family_name="Mossgrove",
    pronouns="he/him",
    birth_date=date(1989, 3, 5),
    therapist="tomas.riva",
    weekday=3,
    hour=8,
    started=219,
    group=150,
    delivery="video",
    video_share=0.55,
    concerns=("relationship_difficulty", "anger", "sleep_difficulty"),
    support=({"name": "Rosalind Mossgrove", "relationship": "wife", "phone": "555-0171", "may_be_contacted": True},),
    mix_at_start=(0.2, 0.5, 0.3),
    mix_at_end=(0.25, 0.55, 0.2),
    distress=0.74,
    relief=0.6,
    setback=Setback(4.6, "Leander's mother died after a short illness."),
    stabilise=GoalWords(
        "I want to be in the same room as my family, also inside.",
        "Goes to the garage or the laptop when the baby cries; feels nothing, then shouts.",
        "Stays for the first ten minutes and can say what it does to him.",
        3,
        7,
    ),
    reduce=GoalWords(
        "No more broken things.",
        "Has broken a door, two telephones and a chair in six months.",
        "Leaves the room before his hand moves, and comes back.",
        3,
        8,
    ),
    early=(
        Situation("partner", "criticism", "shame", "{when}, Rosalind said that she feels like a single parent."),
        Situation(
            "children",
            "emotional_distress",
            "fear",
            "{when}, the baby cried for two hours and Leander sorted screws in the garage.",
            "deactivation",
            ("self_isolation",),
        ),
        Situation(
            "work_study",
            "criticism",
            "anger",
            "{when}, a junior engineer found an error in his calculation, in front of everyone.",
        ),
        Situation("family", "closeness", "numb", "{when}, his mother asked whether he was happy."),
        Situation(
            "with_therapist",
            "closeness",
            "numb",
            "I said that it sounded lonely in the garage, and the picture on the screen froze or he did.",
        ),
        Situation(
            "partner",
            "conflict",
            "anger",
            "{when}, Rosalind followed him into the garage and a chair broke.",
            "mixed",
            ("state_shift",),
        ),
    ),
    middle=(
        Situation(
            "family",
            "loss",
            "numb",
            "{when}, he spoke at his mother's funeral and corrected the sound system before it.",
        ),
        Situation("family", "loss", "sadness", "{when}, he found her voice on the answering machine."),
        Situation(
            "partner", "closeness", "unclear", "{when}, Rosalind asked him to lie down beside her without talking."
        ),
        Situation(
            "partner",
            "misunderstood",
            "anger",
            "{when}, he repaired the cot all evening and she asked why he was avoiding her.",
        ),
        Situation("children", "closeness", "fear", "{when}, the baby laughed at him, and he handed her over."),
        Situation("children", "sleep_body", "anger", "{when}, it was the fourth waking of the night."),
        Situation(
            "work_study", "change", "fear", "{when}, his project was given to another team while he was on leave."
        ),
        Situation(
            "with_therapist", "misunderstood", "anger", "I said he seemed sad, and he told me to stick to facts."
        ),
        Situation(
            "with_therapist", "separation", "numb", "He mentioned at the door that it had been his mother's birthday."
        ),
    ),
    quotes={
        "hyperactivation": ("She wants to leave me. She has packed in her head.",),
        "deactivation": (
            "A baby needs food and sleep. I provide both.",
            "I noted that I should be crying.",
            "I work better when nobody needs me.",
        ),
        "mixed": ("I wanted her to come in and I had locked the door.",),
    },
    gains=(
        ("perspective_taking", "Leander described the garage door from Rosalind's side."),
        ("curiosity", "Leander wondered what the screws do for him, and was not joking."),
        ("impact_awareness", "Leander said the baby may learn from him when a face goes blank."),
        ("changed_mind", "Leander took back that Rosalind 'wants a fight'; perhaps she wanted a witness."),
    ),
    plans=(
        "Leander will stay ten minutes before he goes to the garage, with a timer.",
        "Leander will tell Rosalind one sentence about his mother.",
        "Ask the group how others manage the first minute of shouting.",
    ),
    risk_flags=("harm_to_others",),
    risk_words=(
        (
            "Broke a chair while Rosalind was in the room; nobody was hurt. Asked about violence: none towards her "
            "or the baby. He will leave the house first, keys with her."
        ),
        (
            "Shouted over the cot and handed the baby over at once. No thoughts of harming her. Rosalind knows the "
            "clinic's number; safeguarding discussed in the team."
        ),
    ),
    safe_words=(
        "Asked about violence, despair and sleep: no risk identified.",
        "Nothing broken, nobody frightened, by his account and Rosalind's.",
    ),
)
