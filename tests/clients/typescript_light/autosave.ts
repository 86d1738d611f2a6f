/**
 * Saves a draft note while someone writes. Copy this file into your frontend; it needs no framework.
 *
 * - It waits until the typing pauses, and saves in between when it does not.
 * - One request at a time. What is written meanwhile goes with the next one: the last text wins.
 * - Every save names the version it is based on (`If-Match`). When another window has saved since, nothing is
 *   overwritten: you get the newer note and the unsaved text, show both, and say with `resolve` what is to be kept.
 * - Without a connection the text waits here and is sent again, less and less often, or at once by `flush`.
 *
 *     const autosave = new Autosave(api, note, { onConflict: showBoth, onState: showBadge });
 *     editor.oninput = () => autosave.edit({ sections: editor.sections });
 *     addEventListener("online", () => autosave.flush());
 *     addEventListener("beforeunload", (leaving) => autosave.state === "saved" || leaving.preventDefault());
 *     if ((await autosave.flush()) === "saved") sign(autosave.note);
 *
 * It keeps the text in memory alone. Browser storage is open to whoever uses the computer next.
 */
import type { Client } from "openapi-fetch";
import type { Note, NoteUpdate, Problem, paths } from "./schema.js";

/** `waiting`: no connection, or a busy service. `refused`: sign in again, or correct what the problem names. */
export type AutosaveState = "saved" | "unsaved" | "saving" | "waiting" | "conflict" | "refused";

export interface AutosaveOptions {
  /** Someone else saved since. Show both, and call `resolve`; until then nothing is sent. */
  onConflict: (newer: Note, unsaved: NoteUpdate) => void;
  /** The service took a save; the note is as it is stored now. */
  onSaved?: (note: Note) => void;
  /** The service will not take this text, or this person. The text is kept; the next `edit` or `flush` tries again. */
  onRefused?: (problem: Problem) => void;
  onState?: (state: AutosaveState) => void;
  /** How long a pause in the typing is. */
  pauseMs?: number;
  /** How long someone may type without a pause before a save is due. */
  longestMs?: number;
  /** How long to wait before the first attempt to send again; each further one waits twice as long, up to a minute. */
  retryMs?: number;
}

export class Autosave {
  readonly #api: Client<paths>;
  readonly #options: AutosaveOptions;
  #note: Note;
  #state: AutosaveState = "saved";
  #unsaved: NoteUpdate = {};
  #unsavedSince = 0;
  /** What was sent without an answer: it may be stored or not. */
  #doubtful: NoteUpdate[] = [];
  #failures = 0;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Client<paths>, note: Note, options: AutosaveOptions) {
    this.#api = api;
    this.#note = note;
    this.#options = options;
  }

  /** The note as the service last answered it. */
  get note(): Note {
    return this.#note;
  }

  get state(): AutosaveState {
    return this.#state;
  }

  /** What is written and not yet known to be stored, apart from a save under way. */
  get unsaved(): NoteUpdate {
    return this.#unsaved;
  }

  /** Take in what was written. Fields left out stay as they are; a list is sent whole. */
  edit(change: NoteUpdate): void {
    this.#unsaved = { ...this.#unsaved, ...change };
    if (this.#state === "saving" || this.#state === "waiting" || this.#state === "conflict") return;
    if (this.#state !== "unsaved") this.#unsavedSince = Date.now();
    this.#show("unsaved");
    this.#saveAfterPause();
  }

  /** Save now: before signing, on leaving the editor, when the connection is back. Returns how it ended. */
  async flush(): Promise<AutosaveState> {
    do await this.#save();
    while (this.#state === "unsaved" || this.#state === "saving");
    return this.#state;
  }

  /** After a conflict: go on from the newer note with what is to be kept; `{}` drops the unsaved text. */
  resolve(newer: Note, kept: NoteUpdate): void {
    this.#note = newer;
    this.#doubtful = [];
    this.#unsaved = kept;
    this.#next();
  }

  #save(): Promise<void> {
    this.#running ??= this.#send().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state === "conflict" || Object.keys(this.#unsaved).length === 0) return;
    const sent = this.#unsaved;
    this.#unsaved = {};
    this.#show("saving");
    this.#doubtful.push(sent);
    const request = {
      params: { path: { note_id: this.#note.id }, header: { "If-Match": `"${this.#note.version}"` } },
      body: sent,
    };
    const answer = await this.#api.PATCH("/v1/notes/{note_id}", request).catch(() => undefined);
    if (!answer) return this.#retry(sent);
    if (answer.response.status < 500) this.#doubtful.pop();
    if (answer.data) return this.#saved(answer.data);
    if (answer.response.status === 412) return this.#compare(sent);
    this.#failed(sent, answer.error, answer.response);
  }

  #saved(note: Note): void {
    this.#note = note;
    this.#failures = 0;
    this.#doubtful = [];
    this.#next();
    this.#options.onSaved?.(note);
  }

  /** Someone saved since; perhaps we ourselves, when the answer to a save was lost on its way. */
  async #compare(sent: NoteUpdate): Promise<void> {
    const request = { params: { path: { note_id: this.#note.id } } };
    const answer = await this.#api.GET("/v1/notes/{note_id}", request).catch(() => undefined);
    if (!answer) return this.#retry(sent);
    if (!answer.data) return this.#failed(sent, answer.error, answer.response);
    const newer = answer.data;
    const kept = { ...sent, ...this.#unsaved };
    const isOurs = newer.version === this.#note.version + 1 && this.#doubtful.some((save) => says(newer, save));
    this.#unsaved = isOurs && says(newer, kept) ? {} : kept;
    if (isOurs) return this.#saved(newer);
    this.#show("conflict");
    this.#options.onConflict(newer, kept);
  }

  #failed(sent: NoteUpdate, problem: Problem, response: Response): void {
    if (response.status === 429 || response.status >= 500) return this.#retry(sent, response);
    this.#unsaved = { ...sent, ...this.#unsaved };
    this.#show("refused");
    this.#options.onRefused?.(problem);
  }

  #retry(sent: NoteUpdate, response?: Response): void {
    this.#unsaved = { ...sent, ...this.#unsaved };
    const backoff = Math.min((this.#options.retryMs ?? 1_000) * 2 ** this.#failures++, 60_000);
    const asked = Number(response?.headers.get("Retry-After") ?? 0) * 1_000;
    this.#show("waiting");
    this.#saveAfter(Math.max(asked, backoff * (0.5 + Math.random() / 2)));
  }

  #next(): void {
    const isEmpty = Object.keys(this.#unsaved).length === 0;
    this.#show(isEmpty ? "saved" : "unsaved");
    if (isEmpty) return;
    this.#unsavedSince = Date.now();
    this.#saveAfterPause();
  }

  #saveAfterPause(): void {
    const { pauseMs = 1_000, longestMs = 10_000 } = this.#options;
    this.#saveAfter(Math.min(pauseMs, this.#unsavedSince + longestMs - Date.now()));
  }

  #saveAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), ms);
  }

  #show(state: AutosaveState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** Whether what is stored holds all that was sent; the service may have added to it. */
function says(stored: unknown, sent: unknown): boolean {
  if (typeof sent !== "object" || sent === null) return stored === sent;
  if (typeof stored !== "object" || stored === null) return false;
  if (Array.isArray(sent)) {
    if (!Array.isArray(stored) || stored.length !== sent.length) return false;
    return sent.every((part: unknown) => stored.some((kept: unknown) => says(kept, part)));
  }
  return Object.entries(sent).every(([name, value]) => says(Reflect.get(stored, name), value));
}
