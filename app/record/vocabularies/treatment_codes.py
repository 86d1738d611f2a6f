"""The lists that describe a client's concerns and a treatment: its frame, goals, people and events."""

from app.record.vocabularies.domain import FOUNDING_ARTICLES, PRACTICAL_GUIDE, Code, CodeList, entries

PRESENTING_CONCERN = CodeList(
    name="presenting_concern",
    title="Presenting concern",
    description="What brings a person into care, said as an experience. It is no diagnosis.",
    codes=(
        *entries(
            {
                "mood_instability": "Moods change fast, strongly or without clear cause.",
                "relationship_difficulty": "Relationships are stormy, painful or hard to keep.",
                "unstable_self_image": (
                    "Unstable self-image",
                    "The sense of who one is shifts or feels insecure.",
                ),
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "impulsivity": "Acts on urges before there is time to think.",
                "self_harm": ("Self-harm", "Harms their own body."),
                "suicidal_ideation": "Has thoughts of ending their life.",
                "emptiness": "Often feels hollow or without purpose.",
                "fear_of_abandonment": "Dreads being left, and goes to great lengths to prevent it.",
                "anger": "Anger is intense or hard to steer.",
                "dissociation": "Feels unreal, detached or loses time under stress.",
                "mistrust": "Becomes suspicious of others under stress.",
                "anxiety": "Worry, fear or panic weighs on daily life.",
                "depression": "Low mood or loss of interest weighs on daily life.",
                "eating_difficulty": "Eating, weight or purging causes distress.",
                "substance_use": "Alcohol or other drugs cause harm or worry.",
                "trauma": "Past harm or neglect still intrudes on life now.",
                "sleep_difficulty": "Sleeps too little, too much or badly.",
                "loneliness": "Has fewer or less close ties than wished for.",
                "parenting_difficulty": "Finds caring for children hard.",
                "work_study_difficulty": (
                    "Work or study difficulty",
                    "Finds it hard to start, keep or manage work or study.",
                ),
                "other": "Another concern, told in the person's own words.",
            }
        ),
    ),
)

DIAGNOSIS_STATUS = CodeList(
    name="diagnosis_status",
    title="Status of a diagnosis",
    description="A diagnosis is a dated statement with a history; a changed one is kept, not overwritten.",
    is_extensible=False,
    codes=entries(
        {
            "provisional": "A working diagnosis, not yet settled.",
            "confirmed": "Settled by a qualified clinician.",
            "revised": "Replaced by another diagnosis.",
            "refuted": "Found to be wrong.",
            "historical": "Was right in the past and no longer applies.",
        }
    ),
)

GOAL = CodeList(
    name="goal",
    title="Goal",
    description="The two goals of every treatment.",
    is_extensible=False,
    codes=entries(
        {
            "stabilise_emotional_expression": "Feelings are noticed, named and shown in a steadier way.",
            "reduce_impulsive_behaviours": "Fewer acts on the spur of the moment that harm or are regretted.",
        },
        source=FOUNDING_ARTICLES,
        is_core=True,
    ),
)

PHASE = CodeList(
    name="phase",
    title="Phase of a treatment",
    description="The dated parts of a treatment, in their order. Only introductory and initial may overlap.",
    is_extensible=False,
    codes=entries(
        {
            "assessment": "Works out needs, mentalizing and fit.",
            "introductory": "The course about mentalizing, before or beside therapy.",
            "initial": "Contract, formulation, crisis plan and engagement.",
            "middle": "The main work on mentalizing in relationships.",
            "final": "Ending, separation and carrying gains forward.",
            "follow_up": ("Follow-up", "Spaced contacts after the end."),
        },
        source=PRACTICAL_GUIDE,
    ),
)

PROGRAMME = CodeList(
    name="programme",
    title="Programme",
    description="The kind of course a treatment follows. It suggests a length and never limits it.",
    codes=entries(
        {
            "mbt_18": ("MBT, 18 months", "Individual and group sessions over 18 months."),
            "mbt_14": ("MBT, 14 months", "Individual and group sessions over 14 months."),
            "mbt_12": ("MBT, 12 months", "Individual and group sessions over 12 months."),
            "mbt_short_20w": ("Short MBT, 20 weeks", "A short course of 20 weeks, about five months."),
            "mbt_day_hospital": (
                "MBT day hospital",
                "An intensive programme with several sessions on most days.",
            ),
            "mbt_a_12": (
                "MBT for adolescents, 12 months",
                "A course for young people, with family sessions.",
            ),
        }
    ),
)

SETTING = CodeList(
    name="setting",
    title="Setting of a treatment",
    description="Where and how intensively the treatment takes place.",
    is_extensible=False,
    codes=entries(
        {
            "outpatient": "Weekly visits to the clinic.",
            "intensive_outpatient": "Several visits a week.",
            "partial_hospital": "Day hospital: most of the day in the clinic, nights at home.",
            "inpatient": "Staying in hospital.",
            "online": "Mostly by video, audio or text.",
        }
    ),
)

TREATMENT_END_REASON = CodeList(
    name="treatment_end_reason",
    title="Reason for an early end",
    description="Why a treatment ended before its planned end.",
    codes=entries(
        {
            "goals_reached": "Client and therapist agree that the goals were reached sooner.",
            "client_choice": "The client decided to stop.",
            "lost_contact": "The client could no longer be reached.",
            "moved_away": "The client moved out of reach of the clinic.",
            "transferred": "Care went on with another therapist or clinic.",
            "other_treatment_needed": "Another kind or intensity of treatment fits the client better.",
            "physical_illness": "Illness made it impossible to go on.",
            "frame_not_kept": "The agreed frame could not be kept, after work on it together.",
            "therapist_left": "The therapist became unavailable and no replacement was found.",
            "funding_ended": "Insurance or other funding stopped.",
            "died": ("Client died", "The client died."),
            "other": "Another reason, told in the record.",
        }
    ),
)

MODALITY = CodeList(
    name="modality",
    title="Modality",
    description="A form of treatment. Several may run side by side.",
    is_extensible=False,
    codes=entries(
        {
            "mbt": ("Mentalization-based treatment (MBT)", "Strengthens mentalizing."),
            "cbt": ("Cognitive behavioural therapy (CBT)", "Works on thought patterns and coping."),
            "schema": ("Schema therapy", "Works on deep templates of self and others."),
            "dbt": (
                "Dialectical behaviour therapy (DBT)",
                "Skills: distress tolerance, emotional control, interpersonal effectiveness, mindfulness.",
            ),
            "tfp": (
                "Transference-focused psychotherapy (TFP)",
                "Works on the relationship to the therapist, under a contract.",
            ),
            "medication": "Drug treatment as an adjunct.",
            "other": "Another treatment, named in text.",
        },
        source=FOUNDING_ARTICLES,
        is_core=True,
    ),
)

CARE_ROLE = CodeList(
    name="care_role",
    title="Role in the care team",
    description="What a practitioner does for one client.",
    codes=(
        *entries(
            {
                "therapist": "Treats the client with psychotherapy.",
                "psychiatrist": "Looks after diagnosis and medication for mental health.",
                "doctor": "Looks after general medical care.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "supervisor": "Oversees the work and co-signs notes.",
                "co_therapist": ("Co-therapist", "Shares the leading of a group."),
                "coordinator": "Holds the care plan together.",
                "nurse": "Gives nursing care.",
                "social_worker": "Helps with housing, money, work and family.",
                "peer_worker": "Supports from lived experience.",
            }
        ),
    ),
)

ASSESSMENT_DOMAIN = CodeList(
    name="assessment_domain",
    title="Assessment domain",
    description="The four areas looked at in every evaluation.",
    is_extensible=False,
    codes=(
        *entries(
            {"emotional_expression": "How feelings are noticed, named and shown."},
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        Code(
            "mentalization",
            "Mentalization",
            "How well mental states of self and others are understood and linked to behaviour.",
            FOUNDING_ARTICLES,
            is_core=True,
            aliases=("reflective functioning", "mentalizing"),
        ),
        *entries(
            {
                "impulsivity": "How far urges lead to acts before thought.",
                "other_concerns": "Other difficulties that go with the presenting concerns.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
    ),
)

INCIDENT = CodeList(
    name="incident",
    title="Incident",
    description="A dated act or event. Clinicians set the intent; the service never infers it.",
    codes=(
        *entries(
            {
                "deliberate_self_harm": (
                    "Deliberate self-harm",
                    "Harm to one's own body without intent to die.",
                ),
                "suicide_attempt": "Self-harm with some intent to die.",
                "self_destructive_behaviour": (
                    "Self-destructive behaviour",
                    "Another act that harms self or own interests.",
                ),
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "substance_use": "Use beyond plan, or risky use.",
                "binge_purge": ("Binge or purge", "An eating episode or purging."),
                "spending": "Unaffordable or unplanned spending.",
                "risky_sex": "Sex that is unsafe for the person.",
                "reckless_driving": "Driving that endangers self or others.",
                "aggression_person": ("Aggression towards a person", "Aggression towards people."),
                "aggression_property": ("Aggression towards property", "Aggression towards things."),
                "impulsive_ending": "Leaves a tie, job or treatment at once.",
                "emergency_visit": "A visit to an emergency service for mental health reasons.",
                "hospital_admission": "An admission to hospital for mental health reasons.",
            }
        ),
    ),
)

TREATMENT_LISTS = (
    PRESENTING_CONCERN,
    DIAGNOSIS_STATUS,
    GOAL,
    PHASE,
    PROGRAMME,
    SETTING,
    TREATMENT_END_REASON,
    MODALITY,
    CARE_ROLE,
    ASSESSMENT_DOMAIN,
    INCIDENT,
)
