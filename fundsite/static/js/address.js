// The postal code gives the address without leaving the page. The server does the same for a form that is sent, and it
// is asked here, too: what it says of the address takes the place of what stands there.

const refresh = async (form, button) => {
  const typed = new FormData(form);
  typed.append(button.name, button.value);
  const answer = await fetch(button.formAction, { method: "POST", body: typed });
  if (!answer.ok) throw new Error("no answer");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const place = form.querySelector("[data-address]");
  place.replaceChildren(...page.querySelector("[data-address]").childNodes);
  const empty = [...place.querySelectorAll("input[type=radio], input, select")].find((one) => !one.value || one.type === "radio");
  (empty ?? place.querySelector("[name=line1]"))?.focus();
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-find-address]");
  if (!button || button.dataset.plainly) return;
  event.preventDefault();
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    await refresh(button.form, button);
  } catch {
    // Whatever is in the way of asking quietly is shown by sending the form.
    button.dataset.plainly = "1";
    button.click();
  }
});
