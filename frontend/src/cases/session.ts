/**
 * A form is sent while the server is reached and its sender is signed in, or stays where it is.
 *
 * The server answers a form of an ended session with the way to the sign-in, and without a network a
 * browser shows a page of its own: what was typed is gone with the page. So both are asked for first.
 * A chosen file stays chosen, too.
 */

import { t } from "../words";

const PATIENCE_MS = 8_000;

type Standing = "in" | "out" | "away";

/** A page for anybody has no town here, and no session to end. */
async function standing(town: string): Promise<Standing> {
  try {
    if (!town) {
      await fetch("/api/health", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      return "in";
    }
    const answer = await fetch(`/api/towns/${town}/cases`, {
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 401) return "out";
    if (!token()) await fetch(`/towns/${town}/cases`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return "in";
  } catch {
    return "away";
  }
}

/** This will ask before each form of the page is sent whether it would arrive, from its sender. */
export function askFirst(town: string, doc: Document = document): void {
  const asking = new WeakSet<HTMLFormElement>();
  const asked = new WeakSet<HTMLFormElement>();
  doc.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || form.method !== "post" || asked.delete(form)) return;
      if (form.dataset["offline"] !== undefined) return; // it waits for a network by itself
      event.preventDefault();
      event.stopImmediatePropagation();
      if (asking.has(form)) return; // a second tap
      asking.add(form);
      const button = event.submitter;
      void standing(town).then((now) => {
        asking.delete(form);
        form.querySelector(".not-sent")?.remove();
        if (now !== "in") return tell(form, now, button);
        renewToken(form);
        asked.add(form);
        form.requestSubmit(button);
      });
    },
    { capture: true },
  );
}

/** Whoever signed in again in another tab has a new token against forged forms. */
function renewToken(form: HTMLFormElement): void {
  const now = token();
  const field = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  if (now && field) field.value = now;
}

function token(): string | undefined {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

function tell(form: HTMLFormElement, now: "out" | "away", button: HTMLElement | null): void {
  const line = document.createElement("p");
  line.className = "error not-sent";
  line.setAttribute("role", "alert");
  if (now === "away") line.textContent = t("Not sent: there is no network. Everything stays here; send it again.");
  else {
    line.textContent = t("Not sent: your session has ended. Everything stays here: sign in in another tab, then send it again.");
    const link = document.createElement("a");
    link.href = `/accounts/login/?next=${encodeURIComponent("/")}`;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = t("Sign in");
    line.append(" ", link);
  }
  (button?.closest("p") ?? form.lastElementChild ?? form).before(line);
}
