/** What may happen to a draft while someone writes it, and that no text is lost or overwritten by it. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import { done, ok } from "./answers.js";
import { Autosave, type AutosaveState } from "./autosave.js";
import type { Note, NoteUpdate, paths } from "./schema.js";

const text = (text: string): NoteUpdate => ({ sections: [{ code: "presentation", text }] });
const textOf = (note: Note) => note.sections[0]?.text;
const toMerge: { newer: Note; unsaved: NoteUpdate }[] = [];
const onConflict = (newer: Note, unsaved: NoteUpdate) => void toMerge.push({ newer, unsaved });

/** A network that may be down on the way out or on the way back, or lead to a busy service, and that counts. */
class Wire {
  down: "out" | "back" | "busy" | undefined;
  saves = 0;
  atOnce = 0;
  mostAtOnce = 0;

  async fetch(request: Request): Promise<Response> {
    if (request.method === "PATCH") this.saves += 1;
    if (this.down === "out") throw new TypeError("fetch failed");
    if (this.down === "busy") return new Response("Come back later.", { status: 503, headers: { "Retry-After": "0" } });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const response = await fetch(request);
      if (this.down === "back") throw new TypeError("fetch failed");
      return response;
    } finally {
      this.atOnce -= 1;
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    assert(waited < 10_000, "what was waited for did not happen");
    await sleep(5);
  }
}

export async function tellOfAutosave(baseUrl: string, token: string, draft: Note): Promise<Note> {
  const headers = { Authorization: `Bearer ${token}` };
  const wire = new Wire();
  const api = createClient<paths>({ baseUrl, headers, fetch: (request) => wire.fetch(request) });
  const path = { note_id: draft.id };
  const stored = async () => ok(await api.GET("/v1/notes/{note_id}", { params: { path } }));
  const states: AutosaveState[] = [];
  const onState = (state: AutosaveState) => void states.push(state);
  const autosave = new Autosave(api, draft, { onConflict, onState, pauseMs: 30, longestMs: 300, retryMs: 10 });

  for (const letter of "Robin, who is sitting down") {
    autosave.edit(text(`Robin${letter}`));
    await sleep(5);
  }
  autosave.edit(text("Robin"));
  await until(() => autosave.state === "saved");
  assert.equal(wire.saves, 1);
  assert.deepEqual(states.splice(0), ["unsaved", "saving", "saved"]);
  assert.equal(textOf(await stored()), "Robin");
  done("autosaves once when the typing pauses");

  autosave.edit(text("Robin came"));
  const leaving = [autosave.flush()];
  autosave.edit(text("Robin came in"));
  assert.equal(autosave.state, "saving");
  autosave.edit({ felt_understood: 7 });
  autosave.edit(text("Robin came in hurried."));
  leaving.push(autosave.flush());
  assert.deepEqual(await Promise.all(leaving), ["saved", "saved"]);
  assert.equal(wire.saves, 3);
  assert.equal(wire.mostAtOnce, 1);
  assert.equal(textOf(await stored()), "Robin came in hurried.");
  assert.equal((await stored()).felt_understood, 7);
  done("sends one save at a time, and the last text wins");

  const before = wire.saves;
  for (const start = Date.now(); Date.now() - start < 600; await sleep(10)) autosave.edit({ bond: 8 });
  assert(wire.saves > before, "someone who never pauses is saved too");
  assert.equal(await autosave.flush(), "saved");

  wire.down = "out";
  autosave.edit(text("Written on the"));
  const attempt = autosave.flush();
  autosave.edit(text("Written on the train."));
  assert.equal(await attempt, "waiting");
  autosave.edit({ bond: 9 });
  assert.equal(autosave.state, "waiting");
  const tried = wire.saves;
  await until(() => wire.saves >= tried + 2);
  wire.down = "busy";
  await until(() => wire.saves >= tried + 4);
  wire.down = undefined;
  await until(() => autosave.state === "saved");
  assert.equal(textOf(await stored()), "Written on the train.");
  assert.equal((await stored()).bond, 9);
  done("keeps the text while the service cannot be reached, and sends it when it can");

  wire.down = "back";
  autosave.edit(text("Its answer was lost."));
  await until(() => autosave.state === "waiting");
  autosave.edit(text("Its answer was lost, and more was written."));
  wire.down = undefined;
  assert.equal(await autosave.flush(), "saved");
  assert.equal(toMerge.length, 0);
  assert.equal(textOf(await stored()), "Its answer was lost, and more was written.");
  done("knows its own save again when the answer to it was lost");

  const elsewhere = ok(
    await api.PATCH("/v1/notes/{note_id}", {
      params: { path, header: { "If-Match": `"${autosave.note.version}"` } },
      body: text("Written in another window."),
    }),
  );
  autosave.edit(text("Written in this window."));
  const saving = autosave.flush();
  autosave.edit({ bond: 6 });
  assert.equal(await saving, "conflict");
  const conflict = toMerge.pop();
  assert(conflict);
  assert.equal(textOf(conflict.newer), "Written in another window.");
  assert.deepEqual(conflict.unsaved, { ...text("Written in this window."), bond: 6 });
  const saves = wire.saves;
  autosave.edit({ bond: 5 });
  assert.equal(autosave.state, "conflict");
  assert.equal(await autosave.flush(), "conflict");
  assert.equal(wire.saves, saves);
  assert.deepEqual(await stored(), elsewhere);
  autosave.resolve(conflict.newer, text("Written in another window. Written in this window."));
  assert.equal(await autosave.flush(), "saved");
  assert.equal(textOf(await stored()), "Written in another window. Written in this window.");
  done("hands over what another window saved, and overwrites nothing");

  const misplaced = { sections: [{ code: "no_such_section", text: "Text." }] };
  autosave.edit(misplaced);
  assert.equal(await autosave.flush(), "refused");
  assert.deepEqual(autosave.unsaved, misplaced);
  autosave.edit(text("Corrected."));
  assert.equal(await autosave.flush(), "saved");
  assert.equal(textOf(autosave.note), "Corrected.");
  done("keeps a refused text until it is corrected");
  return autosave.note;
}
