/** A resident's point, put in where they stand; nothing is asked before the tap. */

import { t } from "../words";
import { button } from "./box";

const PATIENCE_MS = 15_000;

/** This will offer to put the point in, and to take it out again. */
export function offerPoint(line: HTMLElement): void {
  const ask = line.querySelector("button");
  const status = line.querySelector<HTMLElement>("[role=status]");
  if (!("geolocation" in navigator) || !ask || !status) return;
  const remove = button(t("Remove the point"), () => {
    ask.focus(); // the button that was pressed goes
    put("", "");
  });
  const show = (wrong = ""): void => {
    const [lon, lat] = [value("lon"), value("lat")];
    remove.hidden = !lon;
    status.textContent = wrong || (lon ? `✓ ${lat}, ${lon}` : "");
  };
  const put = (lon: string, lat: string): void => {
    set("lon", lon);
    set("lat", lat);
    show();
  };
  status.before(remove, " ");
  show();
  line.hidden = false;
  ask.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => put(coords.longitude.toFixed(6), coords.latitude.toFixed(6)),
      () => show(t("Your point can't be read here. Allow it in the browser, or describe the place in words.")),
      { enableHighAccuracy: true, timeout: PATIENCE_MS },
    );
  });
}

function field(name: string): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>(`input[name=${name}]`);
}

function value(name: string): string {
  return field(name)?.value ?? "";
}

function set(name: string, to: string): void {
  const input = field(name);
  if (input) input.value = to;
}
