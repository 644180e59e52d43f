/** Follows a study that waits or runs: reads its page anew and puts in what has changed. */

const EVERY_MS = 2000;

/** This will bring the shown study up to date with a fresh page, and say whether it still goes on. */
export function follow(shown: Document, fresh: Document): boolean {
  const now = shown.getElementById("study");
  const then = fresh.getElementById("study");
  if (!now || !then) return false;
  if (now.dataset["state"] !== then.dataset["state"]) {
    now.replaceWith(then);
  } else {
    const bar = now.querySelector("progress");
    const farther = then.querySelector("progress");
    if (bar && farther) bar.value = farther.value;
    const figure = now.querySelector(".percent");
    if (figure) figure.textContent = then.querySelector(".percent")?.textContent ?? "";
  }
  return then.querySelector("progress") !== null;
}

async function look(): Promise<void> {
  let goesOn = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    // Signed out meanwhile, or a server that is away: try again; a reload tells.
    if (answer.ok && !answer.redirected) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      goesOn = follow(document, fresh);
    }
  } catch {
    goesOn = true;
  }
  if (goesOn) setTimeout(() => void look(), EVERY_MS);
}

if (document.querySelector("#study progress")) setTimeout(() => void look(), EVERY_MS);
