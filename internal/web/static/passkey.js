/* Passkeys (WebAuthn): making one for this account, and logging in with one. The server makes the challenge and checks the answer; nothing is kept
   here. Buttons are shown only where the browser knows passkeys. */
(function () {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  /* decode turns the server's options into what the browser takes. */
  function decode(o) {
    o.challenge = bytes(o.challenge);
    if (o.user) o.user.id = bytes(o.user.id);
    for (const list of [o.excludeCredentials, o.allowCredentials]) for (const c of list || []) c.id = bytes(c.id);
    return o;
  }

  /* encode turns the browser's answer into JSON as the specification has it. */
  function encode(c) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (c.response[name]) response[name] = text(c.response[name]);
    }
    if (c.response.getTransports) response.transports = c.response.getTransports();
    return { id: c.id, rawId: text(c.rawId), type: c.type, response, clientExtensionResults: c.getClientExtensionResults() };
  }

  /* post asks the server; a refusal comes with its sentence. */
  async function post(address, body) {
    let answer;
    try {
      answer = await fetch(address, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    } catch (e) {
      throw { name: "network" };
    }
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw { name: "refused", sentence: content.message };
    return content;
  }

  function start(place) {
    const say = (name) => { const e = place.querySelector('[data-text="' + name + '"]'); return e ? e.textContent : ""; };
    const status = place.querySelector("[data-status]"), alert = place.querySelector("[data-alert]"), button = place.querySelector("[data-start]");
    if (!window.PublicKeyCredential || !navigator.credentials) return;
    place.querySelector("[data-with]").hidden = false;
    place.querySelector("[data-without]").hidden = true;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      const making = place.dataset.passkey === "make", name = place.querySelector("input");
      button.setAttribute("aria-disabled", "true");
      alert.textContent = "";
      status.textContent = say("waiting");
      try {
        const asked = await post(place.dataset.address + "/start", {});
        const options = { publicKey: decode(asked.publicKey) };
        const made = making ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
        const done = await post(place.dataset.address, { name: name ? name.value : "", answer: encode(made) });
        window.location.assign(done.location);
      } catch (e) {
        status.textContent = "";
        alert.textContent = e.sentence || say(e.name) || say("failed");
        button.removeAttribute("aria-disabled");
      }
    });
  }

  document.querySelectorAll("[data-passkey]").forEach(start);
})();
