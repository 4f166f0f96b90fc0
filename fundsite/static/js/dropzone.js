// Pictures can be dropped onto a form with a file button. Without this script the button still works.

document.querySelectorAll("[data-dropzone]").forEach((zone) => {
  const input = zone.querySelector("input[type=file]");
  const chosen = zone.querySelector("[data-chosen]");
  const say = () => {
    const names = [...input.files].map((file) => file.name);
    chosen.textContent = names.length ? `${zone.dataset.said} ${names.join("、")}` : "";
  };
  input.addEventListener("change", say);
  ["dragenter", "dragover"].forEach((kind) =>
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    }),
  );
  ["dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove("is-over")));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = new DataTransfer();
    [...input.files, ...event.dataTransfer.files].forEach((file) => files.items.add(file));
    input.files = files.files;
    say();
  });
});
