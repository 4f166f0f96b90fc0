// Rows can be put in order by drag and by their buttons, without a new page. Without this script the buttons still work.

const announce = (list, text) => {
  let place = list.parentElement.querySelector("[data-announce]");
  if (!place) {
    place = document.createElement("p");
    place.className = "visually-hidden";
    place.setAttribute("role", "status");
    place.dataset.announce = "";
    list.after(place);
  }
  place.textContent = text;
};

const movable = (list) => [...list.children].filter((row) => row.querySelector("[data-up]"));

// Buttons carry places and names: after a move they are set right again.
const settle = (list) => {
  const rows = movable(list);
  rows.forEach((row, place) => {
    row.querySelector("[data-up]").disabled = place === 0;
    row.querySelector("[data-down]").disabled = place === rows.length - 1;
    row.querySelectorAll("button[name=rows]").forEach((button) => {
      button.value = `${button.value.split(":")[0]}:${place}`;
      button.ariaLabel = button.ariaLabel.replace(/\d+/, place + 1);
    });
  });
};

// Where the list is a form of its own, its order is saved at once.
const save = async (list) => {
  const form = list.closest("[data-arrange-form]");
  if (!form) return "";
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  return answer?.ok ? list.dataset.done : list.dataset.failed;
};

const moved = async (list, row) => {
  settle(list);
  const place = list.dataset.said.replace("%(place)s", `${movable(list).indexOf(row) + 1}/${movable(list).length}`);
  announce(list, `${row.dataset.name}: ${place}`);
  const said = await save(list);
  if (said) announce(list, `${row.dataset.name}: ${place} ${said}`);
};

document.querySelectorAll("[data-arrange]").forEach((list) => {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-up], [data-down]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    const rows = movable(list);
    const other = rows[rows.indexOf(row) + ("up" in button.dataset ? -1 : 1)];
    if (!other) return;
    if ("up" in button.dataset) other.before(row);
    else other.after(row);
    moved(list, row);
    (button.disabled ? row.querySelector("button:enabled") : button)?.focus();
  });

  let dragged = null;
  let from = -1;
  movable(list).forEach((row) => {
    const handle = document.createElement("span");
    handle.className = "row-handle";
    handle.setAttribute("aria-hidden", "true");
    handle.draggable = true;
    row.prepend(handle);
    handle.addEventListener("dragstart", (event) => {
      dragged = row;
      from = movable(list).indexOf(row);
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.name);
      event.dataTransfer.setDragImage(row, 12, 12);
      row.classList.add("is-dragged");
    });
    handle.addEventListener("dragend", () => {
      row.classList.remove("is-dragged");
      if (dragged && movable(list).indexOf(row) !== from) moved(list, row);
      dragged = null;
    });
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged || !over || over.parentElement !== list || !over.querySelector("[data-up]")) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over === dragged) return;
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });
  list.addEventListener("drop", (event) => dragged && event.preventDefault());
});
