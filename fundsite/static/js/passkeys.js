// Passkeys: a form that the browser fills with a passkey's answer. Where this script or passkeys are missing, the form
// stays hidden and people sign in by password.

const known = globalThis.PublicKeyCredential;
const byName = !/^[\d.]+$|^\[/.test(location.hostname); // browsers make passkeys for names, never for bare addresses

const making = async (form) => ({
  publicKey: known.parseCreationOptionsFromJSON(JSON.parse(form.dataset.creation)),
});

const asking = async (form) => {
  const reply = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (!reply.ok) throw new Error(reply.statusText);
  const { box, options } = await reply.json();
  form.elements.box.value = box;
  return { publicKey: known.parseRequestOptionsFromJSON(options) };
};

const answered = async (form) => {
  const credentials = navigator.credentials;
  const made = "creation" in form.dataset;
  return made ? credentials.create(await making(form)) : credentials.get(await asking(form));
};

document.querySelectorAll("[data-passkey]").forEach((form) => {
  if (!known?.parseRequestOptionsFromJSON || !byName || form.dataset.origin !== location.origin) return;
  document.querySelectorAll("[data-passkeys-missing]").forEach((place) => (place.hidden = true));
  form.hidden = false;
  if (!form.matches("form[data-failed]")) return;
  const said = form.querySelector("[role=alert]");
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    said.textContent = "";
    try {
      form.elements.answer.value = JSON.stringify((await answered(form)).toJSON());
      form.submit();
    } catch (error) {
      said.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
    }
    busy = false;
  });
});
