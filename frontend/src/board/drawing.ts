/** Draws one pane of the board so that a fault in it stops no other pane. */

import { html, render } from "lit-html";
import { t } from "../words";

/** This will say whether letters that are typed go into an element. */
export function isField(one: unknown): one is HTMLElement {
  return one instanceof HTMLElement && one.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

const told = new Set<string>();

/**
 * This will draw what `view` gives into the pane. Where it fails, a sentence stands in the pane,
 * the browser's log says why, and the pane is tried again at the next drawing.
 */
export function drawPane(id: string, view: () => unknown): void {
  const pane = document.getElementById(id)!;
  try {
    render(view(), pane);
  } catch (error) {
    report(id, error);
    const fresh = pane.cloneNode(false) as HTMLElement; // half-drawn parts would fail for good
    pane.replaceWith(fresh);
    const sentence = t("This part of the board can't be drawn. The other parts go on; reload the page.");
    render(html`<p class="pane-fault" role="alert">${sentence}</p>`, fresh);
  }
}

/** Each fault is logged once: a board draws twice a second. */
function report(id: string, error: unknown): void {
  const key = `${id}: ${String(error)}`;
  if (told.has(key)) return;
  told.add(key);
  console.error(error);
}
