"""What the OpenAPI document says of the service as a whole: what it is, how to begin, its parts in reading order."""

from typing import Any

SUMMARY = "Session notes for mentalization-based treatment."
DESCRIPTION = """\
Session notes for mentalization-based treatment (MBT): clients, treatments of 12 to 18 months, sessions, notes with
tagged mentalizing failures, the two treatment goals, and the timeline that shows them together.

**Sign in** with `POST /v1/auth/sign-in` and send the token as `Authorization: Bearer …`; it lasts 10 minutes, and
`POST /v1/auth/refresh` gives the next. Programs use an API key the same way, or a token from `POST /oauth/token`.
**Changes** name the version they are based on in `If-Match`; if someone else was faster, the answer is 412 and nothing
is saved. **Creating** with an
`Idempotency-Key` is safe to repeat. **Lists** come in pages: send `next_cursor` as `after`. **Refusals** are problem
documents (RFC 9457) with a stable `code`, [each explained](/problems). What a caller may not see is not there: 404.
**New values** of codes and enums, and new fields in answers, may come at any time; treat what you do not know as
"other".

**Code samples** beside each operation share two names: `BASE_URL` (`base_url`, `baseUrl`) is the address of the
service, `TOKEN` (`token`) the `access_token` of signing in.
"""
SERVERS: list[dict[str, Any]] = [
    {"url": "/", "description": "This service: production, or a local one made by `make run`.", "x-internal": False},
    {
        "url": "https://stance.clinic.example",
        "description": "An example of a production address; each clinic runs a service of its own.",
        "x-internal": False,
    },
]
CONTACT = {
    "name": "The Stance maintainers",
    "url": "https://stance.example/contact",
    "email": "maintainers@stance.example",
}
"""Reserved names (RFC 2606): whoever runs the service puts their own here."""
LICENCE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}


def _tag(name: str, *sentences: str) -> dict[str, Any]:
    return {"name": name, "description": " ".join(sentences)}


TAGS = [
    _tag(
        "auth",
        "Sign in, go on, prove again who you are, sign out here or everywhere, and ask who is calling.",
        "`GET /v1/me` names the caller's permissions, so that a frontend can hide what she may not do.",
    ),
    _tag(
        "clinic",
        "The clinic the caller works in: its time zone, in which days begin and end, and its policies for late",
        "entries, reviews and reminders.",
    ),
    _tag(
        "practitioners",
        "The people who work for the clinic, with roles, licences and supervisors.",
        "A supervisor sees the clients of those she supervises, and signs their notes with them.",
    ),
    _tag(
        "service accounts",
        "Programs that work for the clinic, such as an EHR bridge: what each may do, and its keys, which are shown",
        "once and expire, or the public keys with which it proves who it is.",
    ),
    _tag(
        "programs",
        "How programs with keys of their own get tokens: SMART Backend Services, with its discovery.",
        "These paths stand outside `/v1`, and speak the words of OAuth.",
    ),
    _tag(
        "identity providers",
        "The clinic's own sign-in: OpenID providers whose access tokens are accepted, and who somebody is at them.",
    ),
    _tag(
        "clients",
        "People in care, who may see them, and who did.",
        "Outside the care team a client does not exist. EHRs create or update one by its identifier in one call.",
    ),
    _tag(
        "treatments",
        "Courses of 12 to 18 months for one client.",
        "Opening one lays out its phases, its reviews and its two goals; all of them can be changed later.",
    ),
    _tag(
        "goals",
        "The two goals of every treatment, to stabilise emotional expression and to reduce impulsive behaviours, with",
        "ratings by therapist and client and their series to plot. The two views are never merged.",
    ),
    _tag(
        "sessions",
        "Meetings of clients and practitioners: when, how, with whom, and who came.",
        "A session is planned, then held or cancelled.",
    ),
    _tag(
        "notes",
        "Progress notes, one for each client in each session.",
        "A draft is its author's working paper and can be saved every few seconds; signing freezes it, and what comes",
        "later is an addendum. Mentalizing failures are tagged in the note and found across notes.",
    ),
    _tag(
        "private notes",
        "Process notes and reflections: the author's own, and nobody else's, unless she shows a reflection to her",
        "supervisor.",
    ),
    _tag(
        "client rights",
        "What clients ask of their record, access or an amendment, with the day an answer is due, and the",
        "accounting of what was disclosed outside.",
    ),
    _tag(
        "timeline",
        "A treatment over time, as figures that name their evidence and as a picture.",
        "What nobody recorded is null and never 0. Nothing in it is diagnostic.",
    ),
    _tag(
        "events",
        "Live updates: word of what changed, so that two open screens stay in step.",
        "Ids and types only; fetch what you show again.",
    ),
    _tag(
        "emergency access",
        "Reading one client's record for an hour without being on the care team, reviewed afterwards.",
        "Every answer to its token carries the header `Emergency-Access` (RFC 9651), for example",
        '`id="019c…", expires="2026-03-02T10:00:00Z"`: show it all the time.',
    ),
    _tag(
        "retention",
        "How long records are kept, by the clinic's policy, whose are past their period, and the legal holds that keep",
        "a record longer.",
    ),
    _tag(
        "erasures",
        "Destroying the record of a client when it need not be kept any longer: one person asks, another decides.",
        "Nothing brings it back, no restored backup either; what is left is a certificate.",
    ),
    _tag(
        "notices", "What the caller has been told to look at, such as a use of emergency access that waits for review."
    ),
    _tag(
        "audit",
        "The log of everything that was read, written or refused, newest first, with the proofs that nobody changed it",
        "afterwards. It holds ids and codes, never clinical text.",
    ),
    _tag("vocabularies", "The versioned code lists clinicians choose from, each code with a definition and a source."),
    _tag("health", "Whether the process lives and can work: for load balancers and container engines."),
]
"""In reading order."""
