"""Sentences that any therapist of the demo clinic might write, by the code they put into words.

Placeholders: `{name}`, `{they}`, `{them}`, `{their}` and their capitals, `{was}`, `{minutes}`, and `{who}` for the
other person.
Everything is in the past tense, so that one sentence fits all pronouns.
"""

WHEN = (
    "On Saturday",
    "On Sunday evening",
    "At the weekend",
    "Two evenings ago",
    "In the middle of the week",
    "The day after our last session",
    "Early this week",
    "The night before the session",
    "A few days ago",
)

SIGNS = {
    "rapid_attachment": (
        "The tie had become the most important one within days.",
        "{Their} trust had outrun what {they} knew of this person.",
    ),
    "idealisation": (
        "In {their} account there was nothing but good in the other.",
        "{Name} could find no flaw and no question.",
    ),
    "over_trust": (
        "{They} had told and promised more than so young a tie could carry.",
        "{Name} relied on someone {they} hardly knew.",
    ),
    "volatile_relationships": ("The old pattern of storm and truce was there again.",),
    "clinging": (
        "{Name} could not let go of the subject or of {who}, and asked for reassurance several times.",
        "Any distance from {who} felt unbearable to {them}.",
        "{They} spoke as if one more hour apart could not be survived.",
    ),
    "mind_reading_certainty": (
        "{Name} was certain of what had been meant and saw nothing to check.",
        "{They} knew the motive at once and for sure.",
        "There was one explanation and no room beside it.",
        "{They} told me what {who} had thought, word by word, as a fact.",
    ),
    "threat_scanning": (
        "{They} had searched every word from {who} for danger.",
        "{Name} watched faces, mine included, for the first sign of trouble.",
        "A pause was enough for {them} to expect the worst.",
    ),
    "emotional_distancing": (
        "{Name}'s voice went flat, and {they} spoke about it like a report.",
        "{They} cooled within a sentence.",
        "I lost touch with {them} in mid-story; so, I think, did {they}.",
    ),
    "intimacy_avoidance": (
        "{They} kept {who} at arm's length and changed the subject when it became warm.",
        "{Name} found a task as soon as there was something to feel.",
    ),
    "self_isolation": ("{They} had answered nobody for two days.", "{Name} shut the door, the real one and the other."),
    "numbing": (
        "{They} felt nothing, {they} said, where I would have expected a great deal.",
        "There was a blank where the feeling should have been.",
        "{Name} described the scene as if through glass.",
    ),
    "intellectualising": (
        "{They} explained {their} feelings very well and felt none of them.",
        "A clever theory took the place of the moment.",
    ),
    "dismissing_need": (
        "{They} said that {they} had never expected anything from {who}.",
        "Needing someone was, in {their} words, for other people.",
    ),
    "mixed_relating": (
        "{Name} pulled {who} close and pushed away in the same breath.",
        "{They} wanted to be rescued and to be left alone, both at once.",
    ),
    "state_shift": (
        "{They} went from shaking to blank within a minute, in front of me.",
        "Heat turned to ice while {they} told it.",
    ),
    "rapid_relationship_turnover": ("A tie had begun and ended before anyone could know what it was.",),
    "self_destructive_behaviour": (
        "{They} turned the feeling into an act against {their} own interest.",
        "What could not be felt was done.",
    ),
    "self_other_confusion": (
        "{They} could no longer say whose anger it was.",
        "It was unclear, to {them} as well, where {their} fear ended and the other's began.",
    ),
    "abrupt_ending": ("{They} ended it on the spot.", "Leaving had come before thinking."),
}

MODES = {
    "psychic_equivalence": (
        "What {they} felt was, for that while, simply how things were (psychic equivalence).",
        "Feeling and fact were the same thing.",
    ),
    "pretend": (
        "The words were good and touched nothing (pretend mode).",
        "We could have talked like this for hours without consequence.",
    ),
    "teleological": (
        "Only something done would have counted as proof (teleological mode).",
        "{They} asked for an act, since words no longer counted.",
    ),
}

AROUSAL = {
    "high": (
        "Arousal was high; thinking together was not possible at first.",
        "{They} spoke fast and could not sit back.",
        "Too much feeling in the room to think.",
    ),
    "workable": ("Feeling was there, and so was some thinking.", "Moved, and able to stay with it."),
    "low": ("There was too little feeling to work with.", "The temperature in the room was low."),
}

INTERVENTIONS = {
    "thought_behaviour_inquiry": (
        "I asked how the thought and the act had been connected.",
        "We traced the step from the thought to what {they} did.",
    ),
    "curiosity_challenge": (
        "I said I was curious what {their} mind had done in that second, and whether {they} {was} curious too.",
        "I invited {them} to be surprised by {their} own reaction.",
    ),
    "slow_down": (
        "I slowed us down, sentence by sentence.",
        "I asked for slow motion.",
        "I spoke more slowly and asked for one thing at a time.",
    ),
    "psychoeducation": (
        "I explained how a rising alarm switches thinking off, with the drawing from the introductory course.",
        "We went through what attachment alarm is, using this as the example.",
    ),
    "mentalizing_the_relationship": (
        "We looked at what was happening between the two of us.",
        "I asked what {they} thought was in my mind just then, and said what had been.",
    ),
    "empathic_validation": (
        "I said first how much sense it made to feel that way.",
        "I stayed with the feeling before asking anything.",
        "I told {them} that I could see how it had hurt.",
    ),
    "not_knowing_inquiry": (
        "I said I did not understand it yet and asked for help.",
        "I asked, because I did not know.",
    ),
    "clarification": (
        "We put the event back into its order, minute by minute.",
        "I asked who had said what, and when.",
    ),
    "affect_elaboration": ("I asked what else was in the anger.", "We looked for the second feeling behind the first."),
    "affect_focus": (
        "I named what I thought was between us: both of us careful.",
        "I said that it felt tense here, to me, and asked about {them}.",
    ),
    "stop_and_stand": (
        "I stopped {them}, kindly, with my hand up, and we waited.",
        "I said: let us stop there. And we did.",
    ),
    "stop_rewind_explore": (
        "I asked to stop, to rewind to the last moment that was clear, and to look again.",
        "We went back to the minute before and took it from there.",
    ),
    "challenge": ("I disagreed, with a smile, and waited.", "I asked a question from quite another side."),
    "contrary_move": (
        "As {they} {was} all with the other, I asked about {them}.",
        "I went the other way: from the reasons to the stomach.",
    ),
    "reinforce_positive_mentalizing": (
        "I marked it: that was a thought about a mind.",
        "I told {them} what I had just seen {them} do.",
    ),
    "marked_self_disclosure": (
        "I said that, listening, I felt sad, and that it was mine.",
        "I told {them} that I had lost the thread and had felt left alone for a moment.",
    ),
    "arousal_down": (
        "I lowered my voice, opened the window and asked about feet and floor.",
        "We took two minutes to come down before talking.",
    ),
    "arousal_up": (
        "I asked {them} to tell it again, in the present tense.",
        "I asked what the room had smelled like, to get closer to it.",
    ),
    "rupture_repair": (
        "I said what my part in it had been, and that I was sorry.",
        "We spoke about the strain between us before anything else.",
    ),
    "crisis_plan_work": ("We took out the crisis plan and went through its first two steps.",),
    "link_group_individual": ("I asked what the group had made of it, or would.",),
    "triangulation": (
        "I brought in a third member who had watched the two.",
        "I asked a quiet member what it had been like to listen.",
    ),
    "parking": ("I parked the matter, aloud, and came back to it before the end.",),
    "siding": (
        "I stood beside {them} until the group could think again.",
        "I spoke for {them} for a minute, and asked whether I had it right.",
    ),
}

RESPONSES = {
    "recovered": (
        "After about {minutes} minutes {they} could think about it again.",
        "{Name} came back within {minutes} minutes and was surprised by it.",
        "It took some {minutes} minutes; then there was a second way to see it.",
    ),
    "partly": (
        "It helped a little; about {minutes} minutes later part of the certainty was still there.",
        "{They} could hold another view for a moment and then lost it again, over some {minutes} minutes.",
        "Half back, after {minutes} minutes or so.",
    ),
    "no_change": ("Nothing moved.", "{They} heard me and stayed where {they} {was}.", "It did not reach {them}."),
    "worse": (
        "It made it worse: {they} felt corrected.",
        "{They} became more upset; I had gone too fast.",
        "{Name} closed up further. My timing was wrong.",
    ),
    "not_seen": ("We had no time left to see what came of it.", "What it did I could not tell."),
}

ARRIVALS = {
    "high": (
        "{Name} came in out of breath and began before {they} {was} seated.",
        "{Name} kept the coat on.",
        "{Name} was tense, with little sleep behind {them}.",
        "{Name} came early and had been crying.",
    ),
    "middle": (
        "{Name} came on time and needed a few minutes to arrive.",
        "{Name} came with a subject in mind.",
        "{Name} looked tired and was present.",
        "{Name} took up the thread of last week.",
    ),
    "calm": (
        "{Name} came in calm and began by {them}self.",
        "{Name} had thought about last week's session.",
        "{Name} was in a lighter mood and said so.",
        "{Name} began with something that had gone well.",
    ),
}

LATE_ARRIVALS = (
    "{Name} came a quarter of an hour late.",
    "{Name} was late and apologised several times.",
    "Ten minutes were gone when {name} sat down.",
)

RELATIONSHIP = {
    "weak": (
        "{They} checked whether I was annoyed, twice.",
        "The tie is new; {they} tested whether I would hold.",
        "I felt kept at a distance and also watched.",
        "I noticed that I was working too hard; a sign, I think, of how alone {they} felt.",
    ),
    "fair": (
        "There was enough trust to disagree.",
        "I felt useful and a little careful.",
        "A short strain in the middle, which we could name.",
        "{They} told me when I had misunderstood {them}.",
    ),
    "strong": (
        "Warm and direct; {they} corrected me with ease.",
        "We could look together at what happened between us.",
        "{They} could let me be wrong.",
        "I enjoyed the hour and said so.",
    ),
}

EVEN = (
    "Mentalizing held for most of the hour.",
    "No failure of mentalizing that I would tag today.",
    "{They} told it with several points of view in it.",
    "A week with ordinary ups and downs, thought about in ordinary ways.",
)

PLANS = {
    "assessment": (
        "Next assessment session in a week.",
        "I will write a first formulation and bring it.",
        "Talk over the frame of the treatment: individual sessions, group, crisis contact.",
    ),
    "early": (
        "Same time next week.",
        "Continue the crisis plan.",
        "Keep the frame: this hour each week, and a call if it cannot be kept.",
    ),
    "middle": ("Same time next week.", "Take this into the group as well.", "Watch for the minute before."),
    "late": ("Keep the ending in view.", "Same time next week.", "Write down what to take along."),
    "follow_up": ("Next follow-up in about six weeks.", "How to reach us before that is agreed."),
}

POSITIVE = {
    "flexible_view": ("{Name} held two readings beside each other.",),
    "curiosity": ("{Name} became curious about the moment before.",),
    "opacity_accepted": ("{Name} said that {they} could not know, and left it at that.",),
    "perspective_taking": ("{Name} told it from the other side as well.",),
    "humour": ("{Name} found something to smile about in it, kindly.",),
    "impact_awareness": ("{Name} saw what it had done to the other person.",),
    "changed_mind": ("{Name} changed {their} mind while speaking and noticed it.",),
    "repair_offered": ("{Name} offered to put it right.",),
}

MEDICATION = (
    (
        "Sleeps five hours; no side effects.",
        "Calm on the telephone, speech normal.",
        "Stable on the present dose; low mood in reaction to events.",
        "No change. Next call in ten weeks.",
    ),
    (
        "Sometimes forgets the evening dose. Sleep better than in spring.",
        "Orientated, in touch, brief low mood.",
        "No sign that more medication would help more than the therapy does.",
        "Dose unchanged; alarm on the telephone for the evening.",
    ),
    (
        "Asks whether the tablets can be reduced.",
        "Well prepared for the call, with a list.",
        "Steady for three months; a slow reduction is reasonable.",
        "Reduce by a quarter, contact with the therapist agreed. Call in four weeks.",
    ),
    (
        "Palpitations in the week of the setback, none since.",
        "Tired voice, clear thinking.",
        "Most likely anxiety; blood pressure at the practice was normal.",
        "No change. Practice repeats the ECG.",
    ),
)

REVIEW_COMMENTS = (
    "Looked at both goals together. {Name}'s own ratings were lower than mine; we spoke about why. Frame unchanged.",
    "Both goals are moving. {Name} wished to use the group more. Crisis plan brought up to date.",
    "A hard quarter. We kept the goals and made the steps smaller.",
    "Clear change in how conflicts end. What is still hard is the first minute.",
    "We went through the timeline together. {Name} was surprised by the number of sessions attended.",
    "Looked back on the whole course, and on what stays.",
)

IN_THE_ROOM = (
    ("misunderstood", "anger", "When I summed it up, I missed the point, and {name} let me know."),
    ("criticism", "shame", "{Name} heard my question as a reproach."),
    ("closeness", "unclear", "It became warmer between us, and {name} looked at the door."),
    ("separation", "fear", "Towards the end of the hour {name} began a new and urgent subject."),
    ("misunderstood", "fear", "My silence was taken for a verdict."),
    ("shame", "shame", "{Name} wished to have said nothing."),
    ("closeness", "fear", "I said that I was touched, and the air changed."),
    ("emotional_distress", "unclear", "While telling it, {name} was back in it."),
)

RETELLING = (
    "We went back to something {name} had told before.",
    "{Name} wanted to look again at an older scene.",
    "An earlier story came up once more, with new details.",
)
BACK_THEN = ("At the time", "Back then", "That day")

WHO = {
    "with_therapist": "me",
    "in_group": "the group",
    "partner": "the person closest to {them}",
    "family": "the family",
    "children": "the child",
    "friends": "the friend",
    "work_study": "the others at work",
    "services": "the people in charge",
    "strangers": "strangers",
    "online": "the other side",
    "alone": "anyone",
}
