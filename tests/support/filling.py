"""Filling whatever form a page has: every text field, known or new, is found by itself."""

from dataclasses import dataclass

# Fields that take no free text keep what stands in them, or get what fits; `{}` is where hostile text fits, too.
PASSWORD = "a long enough password"
KEPT_TYPES = {"date", "month", "time", "number"}
KEPT = {"slug": "another", "code": "Z", "amount": "9000000", "goal": "1000", "minimum": "100", "extra": "1000"}
KEPT |= {"stock": "", "consideration": "0", "per_backer": "", "quantity": "1", "received_on": "2026-01-05"}
FITTING = {
    "email": "'-alert`1`-'{{4271*7}}@example.jp",
    "phone": "03-1234-5678",
    "partners-url": "https://example.org/?{}",
    "budget-amount": "1000",
}
IN_MARKDOWN = {"body", "story"}
LONGEST_CELL = 150
FORMS = """() => [...document.forms].filter((form) => form.method === "post").map((form) => ({
  index: [...document.forms].indexOf(form),
  address: form.action,
  fields: [...form.elements].filter((field) => field.name && !field.readOnly && (field.localName === "textarea"
    || (field.localName === "input" && !/^(hidden|checkbox|radio|file|submit|button|image)$/.test(field.type)))
  ).map((field) => ({ name: field.name, kind: field.type, value: field.defaultValue,
    isCell: field.closest(".row-cells") !== null })),
}))"""
SEND = """([index, texts, count]) => {
  const form = document.forms[index];
  const add = (name, value) => {
    const field = document.createElement("textarea");
    field.hidden = true;
    [field.name, field.value] = [name, value];
    form.append(field);
  };
  for (const [name, said] of Object.entries(texts)) {
    const fields = [...form.elements].filter((field) => field.name === name);
    fields.forEach((field, number) => { field.value = Array.isArray(said) ? said[number] ?? "" : said; });
    if (Array.isArray(said)) said.slice(fields.length).forEach((value) => add(name, value));
  }
  for (const choice of form.querySelectorAll(".edit-row:first-child .row-cells select")) {
    const before = form.querySelectorAll(`select[name="${choice.name}"]`).length;
    for (let more = before; more < count; more += 1) add(choice.name, "");
  }
  for (const radio of form.querySelectorAll("input[type=radio]")) {
    const chosen = form.elements.namedItem(radio.name);
    if (chosen instanceof RadioNodeList && chosen.value === "") radio.checked = true;
  }
  const consent = form.elements.namedItem("consent");
  if (consent) consent.checked = true;
  const buttons = [...form.querySelectorAll("[type=submit]:not([name=rows])")];
  const button = buttons.filter((one) => !one.matches(".button-quiet, .visually-hidden")).pop() ?? buttons.pop();
  if (button?.name) add(button.name, button.value);
  HTMLFormElement.prototype.submit.call(form);
}"""


@dataclass(frozen=True)
class Fillable:
    """A form with text fields. `fields` holds name, kind, value and isCell of each."""

    index: int
    address: str
    fields: list

    @property
    def takes_text(self):
        """Whether there is anything that can be said freely; a secret is not shown to anybody."""
        return any(fits(field) is None or "{" in fits(field) for field in self.fields)


def forms_of(page):
    """Return the forms of the open page in which something can be typed."""
    found = (Fillable(form["index"], form["address"], form["fields"]) for form in page.evaluate(FORMS))
    return [form for form in found if form.fields]


def fits(field):
    """Return what a field accepts; None if that is any text."""
    name = field["name"]
    if field["kind"] == "password":
        return PASSWORD
    if name in FITTING:
        return FITTING[name]
    if name in KEPT:
        return field["value"] or KEPT[name]
    return field["value"] if field["kind"] in KEPT_TYPES else None


def send(page, form, texts, *, everywhere):
    """Fill a form's fields with hostile text and send it; `everywhere`: also those that will refuse it."""
    values = {field["name"]: _value(field, texts, everywhere) for field in form.fields}
    with page.expect_navigation() as sent:
        page.evaluate(SEND, [form.index, values, len(texts)])
    return sent.value


def _value(field, texts, everywhere):
    fitting = None if everywhere else fits(field)
    if field["isCell"]:
        return [(fitting or "{}").replace("{}", text[:LONGEST_CELL]) for text in texts]
    if fitting is not None:
        return fitting
    return framed(texts) if field["name"] in IN_MARKDOWN else "\n\n".join(texts)


def framed(texts):
    """Put texts into all that a report's conventions make of a text."""
    events = [f"【イベント】{text}\n日時: {text}\n場所: {text}\n申込: {text}" for text in texts]
    links = [f"https://example.org/{text}" for text in texts]
    return "\n\n".join([*texts, *events, *links, *(f"> {text}\n> — {text}" for text in texts)])
