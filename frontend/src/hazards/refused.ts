/**
 * Checklists that the server did not take: each stays listed by its premises, with what failed there
 * and what to do, until its inspector takes it off the device.
 */

import { language, t } from "../words";
import { button } from "./box";
import type { Held } from "./photos";
import type { Failed, Filled } from "./queue";

export interface Ways {
  readonly again: (one: Filled) => void;
  readonly remove: (one: Filled) => void;
  readonly save: (photo: Held, name: string) => void;
}

/** This will list what was refused, with a way on for each. */
export function refusedList(
  forms: readonly Filled[],
  photos: readonly Held[],
  ways: Ways,
): readonly HTMLElement[] {
  const head = element("p", t("Not taken by the server. It stays here until you take it off this device."));
  head.setAttribute("role", "alert");
  const list = document.createElement("ul");
  list.className = "not-taken";
  for (const one of forms) {
    const own = photos.filter((each) => each.inspection === one.inspection && each.town === one.town);
    list.append(item(one, own, ways));
  }
  return [head, list];
}

function item(one: Filled, photos: readonly Held[], ways: Ways): HTMLElement {
  const row = document.createElement("li");
  const when = document.createElement("p");
  when.append(element("strong", one.name), ` · ${t("filled in {time}", { time: timeOf(one.filled_at) })}`);
  const why = element("p", one.refused ?? "");
  why.className = "error";
  row.append(when, why);
  if (one.failed.length) row.append(element("p", t("What failed opened no hazard yet. Open one for each:")), fails(one));
  else row.append(element("p", t("Nothing failed in it.")));
  const acts = document.createElement("p");
  acts.className = "row";
  photos.forEach((photo, at) =>
    acts.append(button(t("Save photo {n}", { n: at + 1 }), () => ways.save(photo, one.ident))),
  );
  acts.append(button(t("Send it again"), () => ways.again(one)));
  row.append(acts, removal(one, photos.length > 0, ways));
  return row;
}

function fails(one: Filled): HTMLElement {
  const list = document.createElement("ul");
  for (const each of one.failed) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = wayOf(one, each);
    link.textContent = `${each.label}: ${each.answer}`;
    row.append(each.danger ? "⚠ " : "", link);
    list.append(row);
  }
  return list;
}

/** This will give the form for a new hazard with all that is known here filled in. */
export function wayOf(one: Filled, failed: Failed): string {
  const told = new URLSearchParams({ premises: one.ident, kind: failed.hazard });
  if (failed.danger) told.set("imminent", "yes");
  return `/towns/${one.town}/hazards/new?${told.toString()}`;
}

/** Taking it off asks once more: the answers stand nowhere else. */
function removal(one: Filled, photos: boolean, ways: Ways): HTMLElement {
  const more = document.createElement("details");
  const word = photos ? t("Take it off, with its photos") : t("Take it off");
  more.append(element("summary", t("Take it off this device")), button(word, () => ways.remove(one)));
  return more;
}

function timeOf(at: string): string {
  const when = new Date(at);
  if (Number.isNaN(when.valueOf())) return "–";
  return when.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

function element(name: "p" | "strong" | "summary", words: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}
