/** What the TypeScript stories need to be told: their environment, and answers that are as expected. */
import assert from "node:assert/strict";

interface Answer {
  data?: unknown;
  error?: unknown;
  response?: Response | undefined;
}
interface Refusal extends Answer {
  error?: { status: number; instance: string } | undefined;
}

export function given(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set`);
  return value;
}

/** The body of an answer that must be a success. */
export function ok<A extends Answer>(answer: A): NonNullable<A["data"]> {
  assert.equal(answer.error, undefined, `${answer.response?.status} ${JSON.stringify(answer.error)}`);
  assert(answer.data);
  return answer.data;
}

/** The problem of an answer that must be a refusal, as the generated client types it. */
export function refused<A extends Refusal>(answer: A, status: number): NonNullable<A["error"]> {
  assert(answer.error, "it was not refused");
  assert.equal(answer.response?.status, status);
  assert.equal(answer.error.status, status);
  assert(answer.error.instance.endsWith(answer.response.headers.get("X-Request-Id") ?? "no id"));
  return answer.error;
}

/** Say that a step of the story is done. */
export function done(step: string): void {
  console.log(step);
}
