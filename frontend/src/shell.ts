/** What every page needs: the look, and switching the theme without a reload. */

import "./shell.css";

const form = document.getElementById("theme-form");
form?.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  if (!button) return;
  event.preventDefault();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `anlan_theme=${button.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  document.documentElement.dataset["theme"] = button.value;
  for (const other of form.querySelectorAll("button"))
    other.setAttribute("aria-pressed", String(other === button));
  document.dispatchEvent(new CustomEvent("anlan-theme"));
});

for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu")) {
  document.addEventListener("click", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target))
      menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
