"""Sentences about group evenings and the introductory course, with the placeholders of `phrases`."""

GROUP_SITUATIONS = (
    ("group_event", "anger", "Another member checked the time while {name} was speaking."),
    ("misunderstood", "anger", "Two members agreed on what {name} had meant, and both were wrong."),
    ("closeness", "unclear", "A member thanked {name} for something said three weeks ago."),
    ("rejection_felt", "shame", "The conversation went on after {name}'s story as if it had not been told."),
    ("criticism", "shame", "A member said that {name} always answers with a joke."),
    ("conflict", "anger", "{Name} and another member disagreed about who should have called whom."),
    ("separation", "sadness", "A member announced that this was the last month in the group."),
    ("closeness", "fear", "The group fell silent after a member's story, and all looked at {name}."),
    ("injustice_felt", "anger", "{Name} thought that one member gets most of the time."),
    ("change", "fear", "A new member came in, and the chairs were one short."),
    ("shame", "shame", "{Name} was asked directly and blushed."),
    ("therapist_absence", "fear", "My co-therapist was away, and {name} noticed it first."),
    ("loss", "sadness", "A member spoke about a death, in few words."),
    ("group_event", "jealousy", "Two members had gone for a coffee after the last group."),
)

GROUP_EVEN = (
    "{Name} listened closely and asked another member what the worst minute had been.",
    "{Name} was quiet, present and not withdrawn.",
    "{Name} offered a second reading of another member's quarrel, carefully.",
    "{Name} told the group about the week in a few clear sentences.",
    "{Name} helped to bring two members back into contact.",
)

INTRO_TOPICS = (
    "what mentalizing is, with the film of the two people at the bus stop",
    "what a mentalizing attitude looks like, and what it does not",
    "feelings: basic and social ones, and what they are for",
    "attachment alarm, and what switches thinking off",
    "attachment in the members' own lives, as far as they wished",
    "patterns: hyperactivation, deactivation and mixed moments",
    "the treatment: individual sessions, group, crisis plan",
    "anxiety and low mood seen from a mentalizing point of view",
)

INTRO_PARTS = (
    "{Name} listened and took notes.",
    "{Name} gave an example from work.",
    "{Name} asked whether certainty can ever be trusted.",
    "{Name} recognised the pattern in a family member first, then, quietly, in {them}self.",
    "{Name} was sceptical, in a friendly way.",
    "{Name} drew the curve of a rising alarm on the board.",
    "{Name} said little and stayed afterwards with one question.",
    "{Name} laughed at the example with the unanswered message.",
)

GROUP_TOPICS = (
    "what to do with a message that does not come",
    "who may be angry in this room",
    "birthdays",
    "how one notices that one is tired of somebody",
    "parents who mean well",
    "the first five minutes at work",
    "trust, and how fast",
    "what it is like to be the new one",
    "holidays and empty weeks",
    "saying no",
    "jealousy between friends",
    "the difference between alone and lonely",
    "apologies that work",
    "a quarrel in the waiting room",
    "what the others may think after the session",
    "endings",
    "money between friends",
    "being praised",
    "shouting, and silence as a kind of shouting",
    "sleep",
    "how faces are read",
    "what one would never say here",
)
