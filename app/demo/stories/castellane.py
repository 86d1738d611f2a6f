"""Juno: in the last third of the middle phase. People were wonderful until they were not."""

from datetime import date

from app.demo.storyline import GoalWords, Setback, Situation, Storyline

JUNO = Storyline(
    key="castellane",
    given_name="Juno",
    family_name="Castellane",
    pronouns="she/her",
    birth_date=date(2001, 1, 30),
    therapist="tomas.riva",
    weekday=2,
    hour=15,
    started=338,
    group=276,
    concerns=("unstable_self_image", "impulsivity", "eating_difficulty", "anxiety"),
    support=(
        {"name": "Bea Tallis", "relationship": "friend and flatmate", "phone": "555-0151", "may_be_contacted": True},
    ),
    mix_at_start=(0.7, 0.08, 0.22),
    mix_at_end=(0.5, 0.26, 0.24),
    distress=0.88,
    relief=0.66,
    setback=Setback(6.4, "Juno failed the second part of her exams and did not open the letter for four days."),
    stabilise=GoalWords(
        "I want to be the same person on Monday and on Thursday.",
        "Feels like a different person with each friend; tears or euphoria several times a day.",
        "Keeps a thread of herself through a day with different people.",
        3,
        8,
    ),
    reduce=GoalWords(
        "Stop buying, stop bingeing, stop texting at four in the morning.",
        "Binges three times a week; two unaffordable orders a month; messages at night.",
        "Waits a day before spending; one binge a month or none.",
        2,
        7,
    ),
    early=(
        Situation("friends", "rejection_felt", "fear", "{when}, Bea ate with someone else in the canteen."),
        Situation(
            "friends",
            "closeness",
            "joy",
            "{when}, Juno met a singer, Dov, and called him the only person who understands her.",
            "hyperactivation",
            ("rapid_attachment", "idealisation"),
        ),
        Situation(
            "work_study", "criticism", "shame", "{when}, a seminar paper came back with the words 'too personal'."
        ),
        Situation(
            "family", "misunderstood", "anger", "{when}, her mother answered a tearful call with advice about sleep."
        ),
        Situation(
            "online", "rejection_felt", "jealousy", "{when}, Dov's answer came to everyone else's comment but hers."
        ),
        Situation(
            "alone",
            "emotional_distress",
            "emptiness",
            "{when}, she ordered clothes for a month's rent between two and three at night.",
        ),
        Situation(
            "with_therapist", "closeness", "joy", "She brought me a drawing and watched my face while I looked at it."
        ),
        Situation(
            "with_therapist",
            "separation",
            "fear",
            "Ten minutes before the end she began to speak about the worst evening of the week.",
        ),
    ),
    middle=(
        Situation(
            "work_study", "shame", "shame", "{when}, she opened the letter with the exam results in the stairwell."
        ),
        Situation("friends", "conflict", "anger", "{when}, Bea asked her to pay back what she had lent her."),
        Situation("friends", "separation", "fear", "{when}, Bea said she will spend the summer at home."),
        Situation("friends", "rejection_felt", "shame", "{when}, Dov introduced her to his friends as 'a fan'."),
        Situation("family", "criticism", "anger", "{when}, her father asked what the degree costs per month."),
        Situation(
            "family",
            "closeness",
            "unclear",
            ("{when}, her mother came to visit and slept on the floor beside her bed."),
        ),
        Situation("work_study", "change", "fear", "{when}, she had to choose a new supervisor within a week."),
        Situation(
            "alone",
            "sleep_body",
            "disgust",
            "{when}, after a day without food, she ate until she felt ill and then could not look in the mirror.",
        ),
        Situation("online", "misunderstood", "anger", "{when}, a joke of hers was taken seriously in the course chat."),
        Situation(
            "with_therapist",
            "criticism",
            "shame",
            "I was slower than usual, and she asked whether she had become boring.",
        ),
        Situation(
            "with_therapist", "misunderstood", "anger", "I took a sad story for a funny one, as she had told it."
        ),
        Situation("strangers", "rejection_felt", "shame", "{when}, a cashier looked past her while she was paying."),
    ),
    quotes={
        "hyperactivation": (
            "He is the first real person I have met.",
            "I saw her look and I knew she hates me now.",
            "If I do not answer at once it dies.",
        ),
        "deactivation": ("I was made of cardboard the whole evening.", "Whatever. It is only a degree."),
        "mixed": ("I told him he saved my life and then I deleted everything.", "I loved her, I hated her, I ate."),
    },
    gains=(
        ("flexible_view", "Juno thought that Bea may have been hungry rather than tired of her."),
        ("opacity_accepted", "Juno said 'I do not know what the look meant' and noticed that she could bear it."),
        ("curiosity", "Juno asked what she had hoped the four-in-the-morning message would do."),
        ("repair_offered", "Juno paid Bea a first part of the money back and told her that it had been embarrassing."),
        (
            "impact_awareness",
            "Juno saw that telling a sad story as a joke leaves the other person with nothing to hold.",
        ),
    ),
    plans=(
        "Juno will leave orders in the basket for a day and bring the list.",
        "Juno will ask Bea one question instead of guessing.",
        "Eat with someone twice this week.",
        "Bring one message that she did not send.",
    ),
    risk_flags=("eating_risk",),
    risk_words=(
        (
            "Binged three times, no vomiting. Light-headed once. We agreed on breakfast with Bea and on a blood test "
            "at the practice."
        ),
        (
            "Thought that everyone would be better off without her, for an evening. No plan, no intent. Crisis plan "
            "read aloud together."
        ),
    ),
    safe_words=(
        "Asked about eating, self-harm and suicidal thoughts: one hard evening, nothing acted on.",
        "No risk identified this week.",
    ),
)
