/** A therapist's day and an EHR's night, told with the functions that @hey-api/openapi-ts makes. */
import assert from "node:assert/strict";
import { done, given, ok, refused } from "./answers.js";
import { createClient as createHttpClient } from "./stance/client/index.js";
import { client as http } from "./stance/client.gen.js";
import {
  addNoteAddendum,
  createClient,
  createNote,
  createSession,
  getMe,
  getNote,
  getTimeline,
  holdSession,
  listNotes,
  openTreatment,
  signIn,
  signNote,
  streamEvents,
  updateClient,
  updateNote,
  upsertClient,
} from "./stance/index.js";
import type { ClientUpdate, Note, NotePage, Problem } from "./stance/index.js";

const now = Date.now();
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
const based = ({ version }: { version: number }) => ({ "If-Match": `"${version}"` });

// One client for all functions: where the service is (the page's own origin when nothing is said), and who is calling.
assert.equal(http.buildUrl({ url: "/v1/me" }), "/v1/me");
let token = "";
http.setConfig({ baseUrl: given("STANCE_URL"), auth: () => token });
const nobody: Problem = refused(await getMe(), 401);
assert.equal(nobody.code, "unauthorized");
done("without a token the answer is a typed 401");

({ access_token: token } = ok(
  await signIn({ body: { login: given("STANCE_LOGIN"), password: given("STANCE_PASSWORD") } }),
));
assert(ok(await getMe()).permissions.includes("notes:write"));
done("signs in, and learns what she may do");

// With an Idempotency-Key, sending again after a lost answer creates nothing twice.
const creation = {
  headers: { "Idempotency-Key": crypto.randomUUID() },
  body: { given_name: "Robin", family_name: "Example", preferred_name: "Rob", pronouns: "they/them" },
};
const client = ok(await createClient(creation));
const again = await createClient(creation);
assert.equal(ok(again).id, client.id);
assert.equal(again.response?.headers.get("Idempotency-Replayed"), "true");
const client_id = client.id;
done("creates a client, and creates it once when asked twice");

// In a PATCH, null clears and what is absent stays. The types say which fields may be cleared.
const renamed = ok(await updateClient({ path: { client_id }, headers: based(client), body: { preferred_name: null } }));
assert.equal(renamed.preferred_name, null);
assert.equal(renamed.pronouns, "they/them");
// @ts-expect-error - a given name cannot be cleared
({ given_name: null }) satisfies ClientUpdate;
done("clears a field with null and keeps what is absent");

const treatment = ok(
  await openTreatment({ path: { client_id }, body: { started_on: hoursAgo(24 * 30).slice(0, 10) } }),
);
assert.equal(treatment.status, "active");
done("opens a treatment");

async function heldSession(starts_at: string) {
  const session = ok(
    await createSession({
      body: {
        format: "individual",
        delivery: "in_person",
        starts_at,
        duration_minutes: 50,
        participants: [{ client_id }],
      },
    }),
  );
  return ok(
    await holdSession({
      path: { session_id: session.id },
      headers: based(session),
      body: { participants: [{ client_id, attendance: "attended" }] },
    }),
  );
}
const session = await heldSession(hoursAgo(3));
assert.equal(session.status, "held");
done("creates and holds a session");

// A problem names each wrong place by a JSON pointer into what was sent.
const path = { session_id: session.id };
const wrong: Problem = refused(
  await createNote({
    path,
    body: { client_id, template: "mbt", sections: [{ code: "no_such_section", text: "Text." }] },
  }),
  422,
);
assert.deepEqual(
  wrong.errors.map(({ pointer, code }) => [pointer, code]),
  [["/sections/0/code", "section_not_in_template"]],
);
done("is shown the wrong place by a typed 422");

const draft = ok(
  await createNote({
    path,
    body: { client_id, template: "mbt", sections: [{ code: "presentation", text: "Robin came in hurried." }] },
  }),
);
assert.equal(draft.status, "draft");
done("writes a note");

const note_id = draft.id;
const sections = [{ code: "presentation", text: "Robin came in hurried and spoke about a message left unread." }];
const written = ok(await updateNote({ path: { note_id }, headers: based(draft), body: { sections } }));
assert.equal(written.sections[0]?.text, sections[0]?.text);
done("autosaves it");

// A save based on an older version changes nothing.
const tooLate = await updateNote({ path: { note_id }, headers: based(draft), body: { sections: null } });
const stale: Problem = refused(tooLate, 412);
assert.equal(stale.code, "precondition_failed");
assert.equal(stale.current_version, written.version);
done("is refused a stale save by a typed 412");

const tagged = ok(
  await updateNote({
    path: { note_id },
    headers: based(written),
    body: {
      mentalizing_failures: [
        { pattern: "hyperactivation", signs: ["mind_reading_certainty"], where: "partner", arousal: 8 },
      ],
    },
  }),
);
assert.equal(tagged.mentalizing_failures[0]?.pattern, "hyperactivation");
assert.deepEqual(tagged.sections, written.sections);
done("tags a mentalizing failure");

const signed = ok(await signNote({ path: { note_id }, headers: based(tagged), body: {} }));
assert.equal(signed.status, "signed");
refused(await updateNote({ path: { note_id }, headers: based(signed), body: { bond: 3 } }), 409);
done("signs the note, which nothing changes any more");

ok(await addNoteAddendum({ path: { note_id }, body: { kind: "addendum", text: "Robin phoned: the pause helped." } }));
// With `throwOnError` the answer is always there, and a problem is thrown.
const { data: added } = await getNote({ path: { note_id }, throwOnError: true });
assert.equal(added.addenda_count, 1);
done("adds an addendum");

const timeline = ok(await getTimeline({ path: { treatment_id: treatment.id }, query: { bucket: "week" } }));
assert(timeline.buckets.length >= 4);
assert(timeline.not_diagnostic);
done("reads the timeline");

// A second window hears that something changed, with its id and type alone, and may fetch it.
const listening = new AbortController();
const { stream } = await streamEvents({ signal: listening.signal });
const opening = await stream.next();
assert(!opening.done && opening.value.type === "stream.opened");
const second = await heldSession(hoursAgo(2));
for await (const event of stream) {
  if (event.entity_id !== second.id) continue;
  assert.equal(event.entity, "session");
  assert(event.version !== null && event.version <= second.version);
  break;
}
listening.abort();
done("hears of a change at once, as a second window does");

const secondNote = ok(
  await createNote({ path: { session_id: second.id }, body: { client_id, template: "narrative" } }),
);
async function* notesOf(client_id: string): AsyncGenerator<Note> {
  let after: string | null = null;
  do {
    const query = { client_id, limit: 1, ...(after === null ? {} : { after }) };
    const page: NotePage = ok(await listNotes({ query }));
    assert.equal(page.data.length, 1);
    yield* page.data;
    after = page.next_cursor;
  } while (after !== null);
}
const ids: string[] = [];
for await (const note of notesOf(client_id)) ids.push(note.id);
assert.deepEqual(ids.sort(), [draft.id, secondNote.id].sort());
done("pages through the notes");

// The EHR calls through a client of its own, sends what it knows as often as it likes, and reads what was signed.
const ehr = createHttpClient({ baseUrl: given("STANCE_URL"), auth: given("STANCE_EHR_KEY") });
const upsert = (family_name: string) =>
  upsertClient({
    client: ehr,
    query: { system: "urn:clinic:mrn", value: String(now) },
    body: { given_name: "Kim", family_name },
  });
const first = await upsert("Example");
const changed = await upsert("Sample");
assert.deepEqual([first.response?.status, changed.response?.status], [201, 200]);
assert.equal(ok(changed).id, ok(first).id);
assert.equal(ok(changed).family_name, "Sample");
const read = ok(await listNotes({ client: ehr, query: { client_id, status: "signed" } }));
assert.deepEqual(
  read.data.map(({ id }) => id),
  [draft.id],
);
done("as the EHR: upserts a client by its number and reads the signed note");
