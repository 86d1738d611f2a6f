"""The lists that describe a session: its form, what the therapist did, what followed, and the alliance."""

from app.record.vocabularies.domain import FOUNDING_ARTICLES, PRACTICAL_GUIDE, CodeList, entries

_BORDIN = "Bordin 1979, The generalizability of the psychoanalytic concept of the working alliance"
_SAFRAN_MURAN = "Safran & Muran 2000, Negotiating the Therapeutic Alliance"

INTERVENTION = CodeList(
    name="intervention",
    title="Intervention",
    description="What the therapist did.",
    codes=(
        *entries(
            {
                "thought_behaviour_inquiry": (
                    "Thought-behaviour inquiry",
                    "Asks how a thought and an act connect.",
                ),
                "curiosity_challenge": "Invites interest in one's own mind.",
                "slow_down": "Reduces the pace.",
                "psychoeducation": "Teaches about mental states, attachment or the treatment itself.",
                "mentalizing_the_relationship": "Looks together at what is happening between the two.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "empathic_validation": "Meets the felt state before exploring it.",
                "not_knowing_inquiry": ("Not-knowing inquiry", "Asks from honest uncertainty."),
                "clarification": "Rebuilds the event in order.",
                "affect_elaboration": "Widens and names feelings.",
                "affect_focus": "Names the feeling shared in the room now.",
                "stop_and_stand": "Halts a run without mentalizing.",
                "stop_rewind_explore": (
                    "Stop, rewind, explore",
                    "Halts, goes back to the last clear point and looks again.",
                ),
                "challenge": "Makes a surprising move to restart thinking.",
                "contrary_move": "Shifts to the opposite pole of a dimension.",
                "reinforce_positive_mentalizing": "Marks good mentalizing when it is seen.",
                "marked_self_disclosure": (
                    "Marked self-disclosure",
                    "Says what is in the therapist's own mind, as the therapist's.",
                ),
            },
            source=PRACTICAL_GUIDE,
        ),
        *entries(
            {
                "arousal_down": ("Bring arousal down", "Lowers the intensity so that thinking can return."),
                "arousal_up": ("Bring arousal up", "Raises the intensity so that feeling can return."),
            }
        ),
        *entries({"rupture_repair": "Works on a strain in the alliance."}, source=_SAFRAN_MURAN),
        *entries(
            {
                "crisis_plan_work": "Makes, reviews or uses the crisis plan.",
                "link_group_individual": (
                    "Link group and individual",
                    "Joins material across the individual and the group sessions.",
                ),
            }
        ),
        *entries(
            {
                "triangulation": "In a group: brings a third member into what passes between two.",
                "parking": "In a group: sets a matter aside, out loud, to come back to it.",
                "siding": "In a group: stands with a member under pressure until they can think again.",
            },
            source=PRACTICAL_GUIDE,
        ),
    ),
)

RESPONSE = CodeList(
    name="response",
    title="Response to an intervention",
    description="What happened to mentalizing after the intervention.",
    is_extensible=False,
    codes=entries(
        {
            "recovered": "Mentalizing is back on line.",
            "partly": ("Partly recovered", "Some mentalizing returns."),
            "no_change": "Nothing changes.",
            "worse": "Less mentalizing than before.",
            "not_seen": "The response was not observed.",
        }
    ),
)

REFLECTION_QUESTION = CodeList(
    name="reflection_question",
    title="Reflection question",
    description="The three questions of the mentalizing stance.",
    is_extensible=False,
    codes=entries(
        {
            "self_feeling_now": ("My feeling now", "Why do I feel as I do now?"),
            "client_behaviour_why": ("The client's behaviour", "Why does the client act like this?"),
            "own_contribution": (
                "My own part",
                "What did I do that may have affected the client's state?",
            ),
        },
        source=FOUNDING_ARTICLES,
        is_core=True,
    ),
)

SESSION_FORMAT = CodeList(
    name="session_format",
    title="Session format",
    description="Who meets.",
    is_extensible=False,
    codes=(
        *entries(
            {
                "individual": "One client with the therapist.",
                "group": "Several clients with one or more therapists.",
            },
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries({"family": "A client together with relatives or other close people."}),
    ),
)

SESSION_KIND = CodeList(
    name="session_kind",
    title="Session kind",
    description="What the session is for.",
    codes=(
        *entries({"therapy": "An ordinary session."}),
        *entries(
            {
                "assessment": "An evaluation meeting.",
                "intro_group": (
                    "Introductory group",
                    "A numbered class of the introductory course about mentalizing.",
                ),
            },
            source=PRACTICAL_GUIDE,
        ),
        *entries(
            {
                "psychoeducation": "Teaching outside the introductory course.",
                "formulation_feedback": "A meeting to discuss the shared understanding.",
                "review": "A planned progress meeting.",
                "crisis": "An unplanned urgent contact.",
                "contact": "A short call or message of clinical weight.",
                "ending": "One of the last planned sessions.",
                "follow_up": ("Follow-up", "A contact after the end of the treatment."),
            }
        ),
    ),
)

DELIVERY = CodeList(
    name="delivery",
    title="Delivery",
    description="How the people in a session meet.",
    is_extensible=False,
    codes=entries(
        {
            "in_person": "In the same room.",
            "video": "Online, with picture and sound.",
            "audio": "By telephone or online, with sound only.",
            "text": "By written messages.",
        },
        source=FOUNDING_ARTICLES,
        is_core=True,
    ),
)

ATTENDANCE = CodeList(
    name="attendance",
    title="Attendance",
    description="Whether a client came to a session.",
    is_extensible=False,
    codes=entries(
        {
            "attended": "Was there from beginning to end.",
            "late": "Came after the beginning.",
            "left_early": "Left before the end.",
            "no_show": "Did not come and did not say so before.",
            "cancelled_client": (
                "Cancelled by the client",
                "The client said beforehand that they would not come.",
            ),
            "cancelled_clinic": ("Cancelled by the clinic", "The clinic or the therapist cancelled."),
        }
    ),
)

ALLIANCE = CodeList(
    name="alliance",
    title="Alliance",
    description="The parts of the working alliance that may be rated.",
    is_extensible=False,
    codes=(
        *entries(
            {"bond": "The emotional tie between client and therapist."},
            source=FOUNDING_ARTICLES,
            is_core=True,
        ),
        *entries(
            {
                "goal": "Agreement on what the work is for.",
                "task": "Agreement on how the work is done.",
            },
            source=_BORDIN,
        ),
    ),
)

RUPTURE = CodeList(
    name="rupture",
    title="Rupture",
    description="A strain in the alliance. Ruptures are frequent and workable.",
    is_extensible=False,
    codes=entries(
        {
            "withdrawal": "Moves away from the work.",
            "confrontation": "Moves against the therapist or the work.",
            "mixed": "Shows both.",
        },
        source=_SAFRAN_MURAN,
    ),
)

SESSION_LISTS = (
    INTERVENTION,
    RESPONSE,
    REFLECTION_QUESTION,
    SESSION_FORMAT,
    SESSION_KIND,
    DELIVERY,
    ATTENDANCE,
    ALLIANCE,
    RUPTURE,
)
