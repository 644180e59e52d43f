/** Taking a call: a place and a type are enough. A panel, never a modal; the draft is kept. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { t } from "../../words";
import type { App } from "../app";
import type { IncidentType, Street } from "../contract";
import { Refusal, Unreachable } from "../desk";
import { priorityColour } from "../symbols";
import { emptyDraft, hasDraft, readPoint } from "../ui";
import { icon, key, symbol } from "./parts";

const STREET_WAIT_MS = 160;
const TYPES_SHOWN = 40;
/** no option is marked: the list is of what was typed before, and Enter must not take from it */
const NONE = -1;
let streetTimer: ReturnType<typeof setTimeout> | undefined;

/** This will give the types that fit what was typed: letters first, then words. */
export function typesFor(types: Iterable<IncidentType>, typed: string): IncidentType[] {
  const text = typed.trim().toLowerCase();
  const all = [...types];
  if (!text) return all.slice(0, TYPES_SHOWN);
  const rank = (type: IncidentType): number => {
    const label = type.label.toLowerCase();
    if (type.letters.toLowerCase() === text) return 0;
    if (label.startsWith(text)) return 1;
    if (type.letters.toLowerCase().startsWith(text)) return 2;
    if (label.split(/[\s,/（(]+/).some((word) => word.startsWith(text))) return 3;
    return label.includes(text) || type.code.replaceAll("_", " ").includes(text) ? 4 : 9;
  };
  return all
    .map((type) => ({ type, at: rank(type) }))
    .filter((one) => one.at < 9)
    .sort((a, b) => a.at - b.at || a.type.priority - b.type.priority)
    .map((one) => one.type);
}

export function intake(app: App): TemplateResult {
  const { draft, complaint } = app.ui;
  return html`<form class="intake" aria-label=${t("New call")} @submit=${(event: SubmitEvent) => submit(app, event)}>
    <h2>${t("New call")}</h2>
    ${typeField(app)} ${placeField(app)}
    <label for="intake-words">${t("What the caller says")} <span class="muted">${t("optional")}</span></label>
    <textarea id="intake-words" rows="3" maxlength="4000" .value=${live(draft.words)}
      @input=${(event: InputEvent) => app.editDraft({ words: (event.target as HTMLTextAreaElement).value })}></textarea>
    <div class="pair">
      <span><label for="intake-name">${t("Caller's name")}</label>
        <input id="intake-name" placeholder=${t("optional")} autocomplete="off" maxlength="200" .value=${live(draft.callerName)}
          @input=${(event: InputEvent) => app.editDraft({ callerName: (event.target as HTMLInputElement).value })} /></span>
      <span><label for="intake-number">${t("Caller's number")}</label>
        <input id="intake-number" type="tel" placeholder=${t("optional")} autocomplete="off" maxlength="200" .value=${live(draft.callerNumber)}
          @input=${(event: InputEvent) => app.editDraft({ callerNumber: (event.target as HTMLInputElement).value })} /></span>
    </div>
    <p class="muted small seal">${icon("lock")}<span>${t("Words, name and number are sealed: they open only inside this incident, and each opening is logged.")}
      ${app.keep.durable ? nothing : t("This address is not encrypted, so a draft does not survive a reload.")}</span></p>
    ${complaint?.field === "all" ? html`<p class="error" role="alert">${complaint.text}</p>` : nothing}
    <div class="actions">
      <button class="primary" ?disabled=${app.ui.sending.has("incidents")}>${t("Take the call")}${key("Ctrl ⏎")}</button>
      <button type="button" @click=${() => app.set({ side: "incident" })}>${t("Keep for later")}</button>
      ${hasDraft(draft) ? html`<button type="button" class="plain link" @click=${() => discard(app)}>${t("Discard")}</button>` : nothing}
    </div>
  </form>`;
}

function submit(app: App, event: SubmitEvent): void {
  event.preventDefault();
  void take(app);
}

/** This will send the open draft, or say what is missing and put the focus there. */
export async function take(app: App): Promise<void> {
  await app.createCall();
  const { complaint } = app.ui;
  const id = complaint?.field === "type" ? "intake-type" : complaint?.field === "place" ? "intake-place" : "";
  if (id) document.getElementById(id)?.focus();
}

function discard(app: App): void {
  app.editDraft(emptyDraft());
  app.set({ side: "incident" });
}

// --- type -----------------------------------------------------------------------------------

function typeField(app: App): TemplateResult {
  const { types, draft, complaint } = app.ui;
  const wrong = complaint?.field === "type";
  return html`<label for="intake-type">${t("Type")}</label>
    <div class="combo">
      <input
        id="intake-type"
        role="combobox"
        aria-expanded=${types.open}
        aria-controls="type-options"
        aria-autocomplete="list"
        aria-activedescendant=${types.open && types.list.length ? `type-${types.active}` : nothing}
        aria-invalid=${wrong}
        aria-describedby=${wrong ? "type-wrong" : nothing}
        autocomplete="off"
        spellcheck="false"
        placeholder=${t("Letters or words: SF, fire, fall")}
        .value=${live(draft.typeText)}
        @focus=${() => openTypes(app, draft.typeText)}
        @blur=${() => app.set({ types: { ...app.ui.types, open: false } })}
        @input=${(event: InputEvent) => typed(app, (event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => comboKey(app, event, "types")}
      />
      <ul id="type-options" class="options" role="listbox" aria-label=${t("Types")} ?hidden=${!types.open || types.list.length === 0}>
        ${types.list.map((code, at) => typeOption(app, code, at))}
      </ul>
    </div>
    ${wrong ? html`<p class="error" id="type-wrong">${complaint.text}</p>` : nothing}`;
}

function typeOption(app: App, code: string, at: number): TemplateResult | typeof nothing {
  const type = app.types.get(code);
  if (!type) return nothing;
  const drawing = { letters: type.letters, shape: "pin", colour: priorityColour(type.priority) };
  return html`<li id="type-${at}" role="option" aria-selected=${at === app.ui.types.active} @mousedown=${(event: Event) => { event.preventDefault(); chooseType(app, code); }}>
    ${symbol(drawing, app.theme)}<span>${type.label}</span><span class="badge priority">${t("P{priority}", { priority: type.priority })}</span>
  </li>`;
}

function openTypes(app: App, text: string): void {
  const shown = app.ui.draft.type ? "" : text;
  const list = typesFor(app.types.values(), shown).map((type) => type.code);
  app.set({ types: { open: true, active: 0, list } });
}

function typed(app: App, text: string): void {
  app.editDraft({ typeText: text, type: "" });
  openTypes(app, text);
}

function chooseType(app: App, code: string): void {
  app.editDraft({ type: code, typeText: app.typeLabel(code) });
  app.set({ types: { ...app.ui.types, open: false } });
}

// --- place ----------------------------------------------------------------------------------

function placeField(app: App): TemplateResult {
  const { streets, draft, complaint } = app.ui;
  const wrong = complaint?.field === "place";
  const placed = draft.lon !== null && draft.lat !== null;
  return html`<label for="intake-place">${t("Place")}</label>
    <div class="combo">
      <input
        id="intake-place"
        role="combobox"
        aria-expanded=${streets.open}
        aria-controls="street-options"
        aria-autocomplete="list"
        aria-activedescendant=${streets.open && streets.list[streets.active] ? `street-${streets.active}` : nothing}
        aria-invalid=${wrong}
        aria-describedby="place-found"
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        placeholder=${t("Street, LON,LAT, or click the map")}
        .value=${live(draft.placeText)}
        @blur=${() => app.set({ streets: { ...app.ui.streets, open: false } })}
        @input=${(event: InputEvent) => placeTyped(app, (event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => comboKey(app, event, "streets")}
      />
      <ul id="street-options" class="options" role="listbox" aria-label=${t("Streets")} ?hidden=${!streets.open || streets.list.length === 0}>
        ${streets.list.map(
          (street, at) => html`<li id="street-${at}" role="option" aria-selected=${at === streets.active} @mousedown=${(event: Event) => { event.preventDefault(); chooseStreet(app, street); }}>
            ${icon("pin")}<span>${street.label}</span>
          </li>`,
        )}
      </ul>
    </div>
    <p id="place-found" class="${wrong ? "error" : "muted small"} place-found">
      ${wrong ? complaint.text : placed ? html`${icon("pin")}${t("Pinned at {point}", { point: `${draft.lon!.toFixed(5)}, ${draft.lat!.toFixed(5)}` })}` : t("No pin yet. Words that are no street are kept beside the pin.")}
      <button type="button" class="plain link" @click=${() => document.dispatchEvent(new CustomEvent("anlan-pin-centre"))}>${t("Pin the middle of the map")}</button>
    </p>`;
}

function placeTyped(app: App, text: string): void {
  const point = readPoint(text);
  if (point) {
    app.editDraft({ placeText: text, lon: point[0], lat: point[1] });
    app.set({ streets: { open: false, active: 0, list: [] } });
    return;
  }
  app.editDraft({ placeText: text });
  // Open before the streets are known, so that Enter waits for them and sends no call to the old pin.
  app.set({ streets: { ...app.ui.streets, open: true, active: NONE } });
  clearTimeout(streetTimer);
  streetTimer = setTimeout(() => void lookUp(app, text), STREET_WAIT_MS);
}

async function lookUp(app: App, text: string): Promise<void> {
  if (!text.trim()) return app.set({ streets: { open: false, active: 0, list: [] } });
  try {
    const list = await app.desk.get<Street[]>(`streets?q=${encodeURIComponent(text.trim())}`);
    if (app.ui.draft.placeText === text) app.set({ streets: { open: true, active: markedIn(app, list), list } });
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refusal)) throw error;
    app.set({ streets: { open: false, active: 0, list: [] } }); // a pin or LON,LAT still works
  }
}

/** An option that was walked to stays marked where it is listed; of a new list it is the first. */
function markedIn(app: App, list: readonly Street[]): number {
  const marked = app.ui.streets.list[app.ui.streets.active];
  return marked ? list.findIndex((one) => one.label === marked.label) : 0;
}

function chooseStreet(app: App, street: Street): void {
  app.editDraft({ placeText: street.label, lon: street.lon, lat: street.lat });
  app.set({ streets: { ...app.ui.streets, open: false } });
  document.dispatchEvent(new CustomEvent("anlan-fly", { detail: [street.lon, street.lat] }));
}

// --- both -----------------------------------------------------------------------------------

function comboKey(app: App, event: KeyboardEvent, which: "types" | "streets"): void {
  if (event.isComposing) return;
  const combo = app.ui[which];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step !== undefined) {
    event.preventDefault();
    if (!combo.open && which === "types") return openTypes(app, app.ui.draft.typeText);
    const from = combo.active === NONE && step < 0 ? 0 : combo.active;
    const active = combo.list.length ? (from + step + combo.list.length) % combo.list.length : 0;
    app.set({ [which]: { ...combo, active } });
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`${which === "types" ? "type" : "street"}-${active}`)?.scrollIntoView({ block: "nearest" })));
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && combo.open) {
    event.preventDefault();
    choose(app, which, combo.active);
  } else if (event.key === "Tab" && combo.open && which === "types" && app.ui.draft.typeText && !app.ui.draft.type) {
    choose(app, which, combo.active); // the field is left with what was meant
  } else if (event.key === "Escape" && combo.open) {
    event.preventDefault();
    event.stopPropagation();
    app.set({ [which]: { ...combo, open: false } });
  }
}

function choose(app: App, which: "types" | "streets", at: number): void {
  if (which === "types") {
    const code = app.ui.types.list[at];
    if (!code) return;
    chooseType(app, code);
    app.focusOn("#intake-place");
  } else {
    const street = app.ui.streets.list[at];
    if (street) chooseStreet(app, street);
  }
}
