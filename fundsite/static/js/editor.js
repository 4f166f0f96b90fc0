// The report editor over a plain textarea.

const form = document.querySelector("[data-editor]");
const { body: box, picture: files, attachment: papers, version } = form.elements;
const words = form.dataset;
const find = (selector) => document.querySelector(selector);
const show = (place, text) => ((place.textContent = text), (place.hidden = !text));
const on = (place, event, act) => place.addEventListener(event, act);
const status = find("[data-status]");
const ask = async (path, data) => {
  const answer = await fetch(`${words.editor}/${path}`, { method: "POST", body: data }).catch(() => null);
  return { ...(await answer?.json().catch(() => null)), code: answer?.status };
};
const fields = (more) => {
  const data = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  for (const name in more) data.set(name, more[name]);
  return data;
};

// The browser's own undo takes this back.
const type = (text, from = box.selectionStart, to = box.selectionEnd) => {
  box.focus();
  box.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    box.setRangeText(text, from, to, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
};
const wrap = (before, after) => {
  const inner = box.value.slice(box.selectionStart, box.selectionEnd) || words.words;
  const start = box.selectionStart + before.length;
  type(before + inner + after);
  box.setSelectionRange(start, start + inner.length);
};
const prefix = (sign) => {
  const from = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
  type(box.value.slice(from, box.selectionEnd).replace(/^/gm, sign), from);
};
const block = (text) => {
  const before = box.value.slice(0, box.selectionEnd);
  const gap = !before || before.endsWith("\n\n") ? "" : "\n\n";
  type(`${gap}${text}\n`, box.selectionEnd);
};
const actions = {
  bold: () => wrap("**", "**"),
  heading: () => prefix("# "),
  list: () => prefix("- "),
  quote: () => prefix("> "),
  link: () => wrap("[", "](https://)"),
  picture: () => files.click(),
  file: () => papers.click(),
  event: () => block(words.event),
};
const tools = find(".toolbar");
tools.hidden = false;
on(tools, "click", ({ target }) => actions[target.dataset.do]?.());
on(box, "keydown", (event) => {
  if (event.isComposing || !(event.ctrlKey || event.metaKey) || event.key !== "b") return;
  event.preventDefault();
  actions.bold();
});

// Pictures: sent one after another, then a description is asked for each.
const dialog = find("[data-describe]");
const [image, input] = dialog.querySelectorAll("img, input");
const describe = (src) =>
  new Promise((done) => {
    image.src = src;
    input.value = "";
    on(dialog, "close", () => done(input.value.replace(/[[\]\n]/g, " ").trim()), { once: true });
    dialog.showModal();
  });
const upload = async (path, name, file, sending) => {
  show(status, sending);
  const data = new FormData();
  data.set("csrf_token", form.elements.csrf_token.value);
  data.set(name, file);
  const told = await ask(path, data);
  show(status, "");
  return told;
};
const send = async (list) => {
  for (const file of list) {
    const told = await upload("pictures", "picture", file, words.sending);
    if (told.name) block(`![${await describe(told.src)}](${told.name})`);
    else show(trouble, told.error ?? words.refused);
  }
};
const attach = async (list) => {
  for (const file of list) {
    const told = await upload("files", "attachment", file, words.sendingFile);
    if (told.line) block(told.line);
    else show(trouble, told.error ?? words.refusedFile);
  }
};
const images = (list) => [...list].filter((file) => file.type.startsWith("image/"));
find("[data-picture]").hidden = true;
on(files, "change", () => {
  send([...files.files]);
  files.value = "";
});
on(papers, "change", () => {
  attach([...papers.files]);
  papers.value = "";
});
on(box, "dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
on(box, "drop", (event) => {
  const dropped = [...event.dataTransfer.files];
  const list = images(dropped);
  if (dropped.length) event.preventDefault();
  send(list).then(() => attach(dropped.filter((file) => !list.includes(file))));
});

// What comes from Word, a page or a PDF is cleaned by the server.
on(box, "paste", async (event) => {
  const text = event.clipboardData.getData("text/plain");
  const html = event.clipboardData.getData("text/html").replace(/<style[\s\S]*?<\/style>|src="data:[^"]*"/gi, "");
  const shaped = /<(h[1-6]|[uo]l|li|a|b|strong|p)\b/i.test(html) && html.length < 4e5;
  const list = images(event.clipboardData.files);
  if (!shaped && list.length) {
    event.preventDefault();
    send(list);
  } else if (shaped || /^\+\+\+|[\u2e80-\u2fdf\u3099\u309a\ue000-\uf8ff]/m.test(text) || text.length > 300) {
    event.preventDefault();
    type((await ask("paste", fields({ html: shaped ? html : "", text }))).text ?? text);
  }
});

// The preview follows a moment after the last sign.
let waiting;
const preview = async () => {
  const told = await ask("preview", fields());
  if (!told.page) return;
  find("#preview-page").innerHTML = told.page;
  find("[data-mail-head]").innerHTML = told.mail_head;
  find("[data-mail-text]").textContent = told.mail_text;
  // The frame's own document allows the styles that mails need; before it is there, nothing is written.
  const letter = find("iframe.letter").contentDocument;
  if (letter?.URL.endsWith("/mail")) letter.documentElement.innerHTML = told.mail_html;
  find("[data-doubts]").innerHTML = told.doubts;
};
const tabs = [...form.querySelectorAll("[aria-pressed]")];
const sheets = [...form.querySelectorAll(".preview > .sheet")];
const choose = (tab) => {
  const shown = tab.dataset.shows.split(" ");
  tabs.forEach((other) => (other.ariaPressed = other === tab));
  sheets.forEach((sheet) => (sheet.hidden = !shown.includes(sheet.id)));
  find(".editor-columns").classList.toggle("is-beside", shown.length > 1);
};
tabs[0].parentElement.hidden = false;
tabs.forEach((tab) => on(tab, "click", () => choose(tab)));
choose(tabs[0]);

// Saved every few seconds; never in the middle of a composition, never over a colleague.
const trouble = find("[data-trouble]");
let dirty = false;
let composing = false;
let busy = false;
let stopped = Boolean(find("[data-conflict]"));
const save = async () => {
  if (!dirty || composing || busy || stopped) return;
  busy = true;
  dirty = false;
  show(status, words.saving);
  const told = await ask("autosave", fields());
  busy = false;
  if (told.version) {
    version.value = told.version;
    return show(status, dirty ? "" : words.saved);
  }
  dirty = true;
  if (told.code !== 409) return show(status, words.unsaved);
  stopped = true;
  show(status, "");
  show(trouble, `${told.error ?? ""}${words.overtaken}`);
};
on(form, "input", () => {
  dirty = true;
  clearTimeout(waiting);
  waiting = setTimeout(preview, 400);
});
on(box, "compositionstart", () => (composing = true));
on(box, "compositionend", () => (composing = false));
setInterval(save, 4000);
on(form, "submit", () => {
  stopped = true;
  dirty = false;
});
on(window, "beforeunload", (event) => dirty && event.preventDefault());
