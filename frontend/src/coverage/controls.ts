/** The question: kind, minutes, hour, from when the minutes count. */

import { html, nothing, type TemplateResult } from "lit-html";
import { t } from "../words";
import type { PlanPage } from "./contract";
import { hourSpan, kindWord } from "./numbers";

export interface Question {
  kind: string;
  minutes: string;
  hour: string;
  counted_from: string;
  unit_kinds: string;
  gap_minutes: string;
}

export function firstQuestion(kinds: readonly string[]): Question {
  return { kind: kinds[0] ?? "fire", minutes: "5,10,30", hour: "all", counted_from: "travel", unit_kinds: "", gap_minutes: "" };
}

/** This will read a question from an address, leaving out what it does not know. */
export function questionOf(search: string, kinds: readonly string[]): Question {
  const asked = firstQuestion(kinds);
  const words = new URLSearchParams(search);
  for (const name of Object.keys(asked) as (keyof Question)[]) {
    const word = words.get(name);
    if (word !== null) asked[name] = word;
  }
  if (!kinds.includes(asked.kind)) asked.kind = kinds[0] ?? "fire";
  return asked;
}

/** This will tell a text of minutes from a slip: rising whole numbers, 1 to 120, six at most. */
export function readMinutes(text: string): number[] | null {
  const parts = text.split(/[,，\s]+/).filter((part) => part !== "");
  if (!parts.length || parts.length > 6 || parts.some((part) => !/^\d{1,3}$/.test(part))) return null;
  const minutes = parts.map(Number);
  const rising = minutes.every((one, at) => one >= 1 && one <= 120 && (at === 0 || one > minutes[at - 1]!));
  return rising ? minutes : null;
}

export function option(value: string, word: string, chosen: string): TemplateResult {
  return html`<option value=${value} ?selected=${value === chosen}>${word}</option>`;
}

export function controls(page: PlanPage, asked: Question, complaint: string | null, change: (part: Partial<Question>) => void): TemplateResult {
  const picked = (name: keyof Question) => (event: Event) => change({ [name]: (event.target as HTMLSelectElement).value });
  const minutes = readMinutes(asked.minutes) ?? [];
  return html`<form class="plan-form" @submit=${(event: Event) => event.preventDefault()}>
    <label>${t("Posts")}
      <select @change=${picked("kind")}>${page.plan.kinds.map((kind) => option(kind, kindWord(kind), asked.kind))}</select>
    </label>
    <label>${t("Minutes")}
      <input .value=${asked.minutes} inputmode="text" autocomplete="off" aria-invalid=${complaint ? "true" : "false"} aria-describedby=${complaint ? "minutes-fault" : nothing} @change=${picked("minutes")} />
    </label>
    <label>${t("Hour of the day")}
      <select @change=${picked("hour")}>
        ${option("all", t("All hours"), asked.hour)}
        ${Array.from({ length: 24 }, (_, hour) => option(String(hour), hourSpan(hour), asked.hour))}
      </select>
    </label>
    <label>${t("Count from")}
      <select @change=${picked("counted_from")}>
        ${option("travel", t("leaving the post"), asked.counted_from)} ${option("turnout", t("being sent"), asked.counted_from)}
        ${option("call", t("the call"), asked.counted_from)}
      </select>
    </label>
    <label>${t("Gaps beyond")}
      <select @change=${picked("gap_minutes")}>
        ${minutes.map((one, at) => option(at === 0 ? "" : String(one), t("{minutes} min", { minutes: one }), asked.gap_minutes))}
      </select>
    </label>
    <label>${t("With a unit on duty")}
      <select @change=${picked("unit_kinds")}>
        ${option("", t("any or none"), asked.unit_kinds)} ${page.plan.unit_kinds.map((one) => option(one.code, one.label, asked.unit_kinds))}
      </select>
    </label>
    ${complaint ? html`<p id="minutes-fault" class="error" role="alert">${complaint}</p>` : nothing}
  </form>`;
}
