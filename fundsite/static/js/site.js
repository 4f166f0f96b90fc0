// Makes the pages nicer; every page works without it.

const each = (selector, action) => document.querySelectorAll(selector).forEach(action);

// What went wrong is read out and stands in view first.
document.querySelector("[data-error-summary]")?.focus();

// A form is sent once: a second click, while the first is under way, does nothing.
each("form[data-once]", (form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  window.addEventListener("pageshow", () => {
    sent = false;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
  });
});

// The total follows quantity and extra. Full-width digits count as digits.
each("form[data-unit]", (form) => {
  const digits = (name) => form.elements[name]?.value.normalize("NFKC").replace(/\D/g, "");
  const show = () => {
    const total = Number(form.dataset.unit) * Number(digits("quantity") || 1) + Number(digits("extra") || 0);
    const text = form.dataset.money.replace(/[\d.,]+/, total.toLocaleString("en"));
    each("[data-total]", (place) => {
      if (place.textContent !== text) place.textContent = text;
    });
  };
  form.addEventListener("input", show);
  show();
});

// The name for the public is not asked of somebody who stays anonymous.
each("[data-hides]", (box) => {
  const field = document.getElementById(box.dataset.hides)?.closest(".field");
  const show = () => field && (field.hidden = box.checked);
  box.addEventListener("change", show);
  show();
});

// The section in view is marked in the navigation.
const tabs = [...document.querySelectorAll("[data-tabs] a[href^='#']")];
if (tabs.length) {
  const mark = () => {
    const passed = tabs.filter((tab) => document.querySelector(tab.hash)?.getBoundingClientRect().top < innerHeight / 3);
    const nearest = passed.sort((a, b) => top(b) - top(a))[0] ?? tabs[0];
    tabs.forEach((tab) => (tab === nearest ? tab.setAttribute("aria-current", "true") : tab.removeAttribute("aria-current")));
  };
  const top = (tab) => document.querySelector(tab.hash).getBoundingClientRect().top;
  addEventListener("scroll", mark, { passive: true });
  mark();
}

// The bar at the foot of a phone steps aside while another way to pledge is in view.
const bar = document.querySelector(".pledge-bar");
if (bar) {
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    entries.forEach(({ target, isIntersecting }) => (isIntersecting ? seen.add(target) : seen.delete(target)));
    bar.classList.toggle("is-away", seen.size > 0);
  });
  each("[data-pledge-here]", (place) => watch.observe(place));
}

// A link can be copied where the browser allows it.
each("[data-copy]", (button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[role=status]").textContent = button.dataset.done;
  });
});

// While a payment is being checked, the page asks again, quietly, for about a minute.
if (document.querySelector("[data-checking]")) {
  let left = 15;
  const ask = async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok && !(await answer.text()).includes("data-checking")) location.reload();
    else if ((left -= 1)) setTimeout(ask, 4000);
  };
  setTimeout(ask, 3000);
}
