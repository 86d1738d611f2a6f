/** A therapist's day and an EHR's night, told with openapi-fetch and the types of openapi-typescript alone. */
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { tellOfAutosave } from "./autosave_story.js";
import { done, given, ok, refused } from "./answers.js";
import type { ClientUpdate, NotePage, paths } from "./schema.js";

const baseUrl = given("STANCE_URL");
const now = Date.now();
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();

// Signing in: the token goes into every further request.
const door = createClient<paths>({ baseUrl });
const nobody = refused(await door.GET("/v1/me"), 401);
assert.equal(nobody.code, "unauthorized");
done("without a token the answer is a typed 401");
const { access_token } = ok(
  await door.POST("/v1/auth/sign-in", { body: { login: given("STANCE_LOGIN"), password: given("STANCE_PASSWORD") } }),
);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${access_token}` } });
assert(ok(await api.GET("/v1/me")).permissions.includes("notes:write"));
done("signs in, and learns what she may do");

// With an Idempotency-Key, sending again after a lost answer creates nothing twice.
const creation = {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { given_name: "Robin", family_name: "Example", preferred_name: "Rob", pronouns: "they/them" },
};
const client = ok(await api.POST("/v1/clients", creation));
const again = await api.POST("/v1/clients", creation);
assert.equal(ok(again).id, client.id);
assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
const client_id = client.id;
done("creates a client, and creates it once when asked twice");

// In a PATCH, null clears and what is absent stays. The types say which fields may be cleared.
const renamed = ok(
  await api.PATCH("/v1/clients/{client_id}", {
    params: { path: { client_id }, header: { "If-Match": `"${client.version}"` } },
    body: { preferred_name: null },
  }),
);
assert.equal(renamed.preferred_name, null);
assert.equal(renamed.pronouns, "they/them");
// @ts-expect-error - a given name cannot be cleared
({ given_name: null }) satisfies ClientUpdate;
// @ts-expect-error - undefined is neither null nor absent
({ pronouns: undefined }) satisfies ClientUpdate;
done("clears a field with null and keeps what is absent");

const treatment = ok(
  await api.POST("/v1/clients/{client_id}/treatments", {
    params: { path: { client_id } },
    body: { started_on: hoursAgo(24 * 30).slice(0, 10) },
  }),
);
assert.equal(treatment.status, "active");
done("opens a treatment");

async function heldSession(starts_at: string) {
  const session = ok(
    await api.POST("/v1/sessions", {
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
    await api.POST("/v1/sessions/{session_id}/hold", {
      params: { path: { session_id: session.id }, header: { "If-Match": `"${session.version}"` } },
      body: { participants: [{ client_id, attendance: "attended" }] },
    }),
  );
}
const session = await heldSession(hoursAgo(3));
assert.equal(session.status, "held");
done("creates and holds a session");

// A problem names each wrong place by a JSON pointer into what was sent.
const params = { path: { session_id: session.id } };
const wrong = refused(
  await api.POST("/v1/sessions/{session_id}/notes", {
    params,
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
  await api.POST("/v1/sessions/{session_id}/notes", {
    params,
    body: { client_id, template: "mbt", sections: [{ code: "presentation", text: "Robin came in hurried." }] },
  }),
);
assert.equal(draft.status, "draft");
done("writes a note");

const written = await tellOfAutosave(baseUrl, access_token, draft);

// A save based on an older version changes nothing.
const path = { note_id: draft.id };
const stale = refused(
  await api.PATCH("/v1/notes/{note_id}", {
    params: { path, header: { "If-Match": `"${draft.version}"` } },
    body: { sections: null },
  }),
  412,
);
assert.equal(stale.code, "precondition_failed");
assert.equal(stale.current_version, written.version);
done("is refused a stale save by a typed 412");

const tagged = ok(
  await api.PATCH("/v1/notes/{note_id}", {
    params: { path, header: { "If-Match": `"${written.version}"` } },
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

const signed = ok(
  await api.POST("/v1/notes/{note_id}/sign", {
    params: { path, header: { "If-Match": `"${tagged.version}"` } },
    body: {},
  }),
);
assert.equal(signed.status, "signed");
const frozen = refused(
  await api.PATCH("/v1/notes/{note_id}", {
    params: { path, header: { "If-Match": `"${signed.version}"` } },
    body: { bond: 3 },
  }),
  409,
);
assert.equal(frozen.status, 409);
done("signs the note, which nothing changes any more");

await api
  .POST("/v1/notes/{note_id}/addenda", {
    params: { path },
    body: { kind: "addendum", text: "Robin phoned: the pause helped." },
  })
  .then(ok);
assert.equal(ok(await api.GET("/v1/notes/{note_id}", { params: { path } })).addenda_count, 1);
done("adds an addendum");

const timeline = ok(
  await api.GET("/v1/treatments/{treatment_id}/timeline", {
    params: { path: { treatment_id: treatment.id }, query: { bucket: "week" } },
  }),
);
assert(timeline.buckets.length >= 4);
assert(timeline.not_diagnostic);
done("reads the timeline");

const second = await heldSession(hoursAgo(2));
const secondNote = ok(
  await api.POST("/v1/sessions/{session_id}/notes", {
    params: { path: { session_id: second.id } },
    body: { client_id, template: "narrative" },
  }),
);
async function* notesOf(client_id: string) {
  let after: string | null = null;
  do {
    const query: { client_id: string; limit: number; after?: string } = { client_id, limit: 1 };
    if (after !== null) query.after = after;
    const page: NotePage = ok(await api.GET("/v1/notes", { params: { query } }));
    assert.equal(page.data.length, 1);
    yield* page.data;
    after = page.next_cursor;
  } while (after !== null);
}
const ids: string[] = [];
for await (const note of notesOf(client_id)) ids.push(note.id);
assert.deepEqual(ids.sort(), [draft.id, secondNote.id].sort());
done("pages through the notes");

// The EHR knows a client by its own number, sends what it knows as often as it likes, and reads what was signed.
const ehr = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${given("STANCE_EHR_KEY")}` } });
const upsert = (family_name: string) =>
  ehr.PUT("/v1/clients/by-identifier", {
    params: { query: { system: "urn:clinic:mrn", value: String(now) } },
    body: { given_name: "Kim", family_name },
  });
const first = await upsert("Example");
const changed = await upsert("Sample");
assert.deepEqual([first.response.status, changed.response.status], [201, 200]);
assert.equal(ok(changed).id, ok(first).id);
assert.equal(ok(changed).family_name, "Sample");
const read = ok(await ehr.GET("/v1/notes", { params: { query: { client_id, status: "signed" } } }));
assert.deepEqual(
  read.data.map(({ id }) => id),
  [draft.id],
);
done("as the EHR: upserts a client by its number and reads the signed note");
