/** One question to the server at a time: an answer that was overtaken is dropped. */

import { t } from "../words";

export class Failed extends Error {}

/** This will read JSON, or throw `Failed` with the server's sentence. */
export async function read<T>(address: string, signal: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Failed(t("The server can't be reached. Try again."));
  }
  const document = (await answer.json().catch(() => null)) as (T & { sentence?: string }) | null;
  if (!answer.ok || document === null)
    throw new Failed(document?.sentence ?? t("The server can't be reached. Try again."));
  return document;
}

/** This will give the words of a question in the form that addresses carry. */
export function query(values: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")).toString();
}
