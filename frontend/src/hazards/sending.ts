/** How a form and a photo are sent: whose they are goes with them, and the server decides. */

import { t } from "../words";
import type { Outcome as Taken, Photo } from "./photos";
import type { Filled, Outcome } from "./queue";

const PATIENCE_MS = 15_000;
const PHOTO_PATIENCE_MS = 120_000; // 1 MB over a weak line
const SOMEONE_ELSE = "someone_else";
const LATER = new Set([401, 408, 425, 429]);

/** Why nothing can be sent just now, but for the line itself. */
export const standing = { signedOut: false, another: false };

function token(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** This will send one form; null where the network or the session is gone, or is a colleague's. */
export async function sendForm(one: Filled): Promise<Outcome | null> {
  const address = `/api/towns/${one.town}/inspections/${one.inspection}/record`;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({
        answers: one.answers,
        form_number: one.form_number,
        client_key: one.client_key,
        filled_by: one.me,
        filled_at: one.filled_at,
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const told = (await answer.json()) as { sentence?: string; code?: string; cases?: [] };
    if (answer.ok) return { done: true, cases: told.cases ?? [] };
    if (answer.status === 401) standing.signedOut = true;
    if (told.code === SOMEONE_ELSE) standing.another = true;
    const later = LATER.has(answer.status) || answer.status >= 500;
    if (later || told.code === SOMEONE_ELSE || told.code === "csrf_failed") return null;
    return { done: false, sentence: told.sentence ?? "" };
  } catch {
    return null;
  }
}

/**
 * This will send one photo. A redirect is the way to the sign-in, never an answer: followed, it
 * would look as if the photo had been taken.
 */
export async function sendPhoto(one: Photo, picture: Blob): Promise<Taken> {
  const body = new FormData();
  body.set("photo", picture, "photo.jpg");
  body.set("question", one.question);
  body.set("client_key", one.id);
  body.set("filled_by", one.me);
  try {
    const answer = await fetch(`/towns/${one.town}/inspections/${one.inspection}/photo`, {
      method: "POST",
      headers: { "X-CSRFToken": token() },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(PHOTO_PATIENCE_MS),
    });
    if (answer.ok) return { is: "done" };
    if (answer.type === "opaqueredirect") standing.signedOut = true;
    if (answer.status === 404)
      return { is: "refused", sentence: t("The photo's inspection is gone; the photo was not kept.") };
    if (answer.status === 503) return { is: "wait" };
    if (answer.status !== 409 && answer.status !== 422) return { is: "away" };
    const told = (await answer.json()) as { sentence: string; code: string };
    if (told.code === SOMEONE_ELSE) {
      standing.another = true;
      return { is: "away" };
    }
    if (answer.status === 409) return { is: "wait" };
    return { is: "refused", sentence: t("A photo was not kept: {why}", { why: told.sentence }) };
  } catch {
    return { is: "away" };
  }
}
