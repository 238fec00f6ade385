/* A person's token through the Web eID browser extension: signing a document and logging in. The messages between page and extension are those of
   Web eID (web-eid.js 2): {action: "web-eid:..."} is posted to the page's own window, the extension answers with -ack within a second, then -success or
   -failure. The server's two steps are those that web-eid.js has. Nothing of a token is kept here, and no PIN ever comes by. */
(function () {
  "use strict";

  const libraryVersion = "2.1.0";
  const loadTime = 1000, ackTime = 1500, nativeTime = 5000, userTime = 120000; // milliseconds
  const started = Date.now();

  /* Failure is an error with a name that the page has a sentence for, or with the server's own sentence. */
  class Failure extends Error {
    constructor(name, sentence) {
      super(sentence || name);
      this.name = name;
      this.sentence = sentence;
    }
  }

  const pause = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));

  /* ask sends one request to the extension and waits for its answer. */
  async function ask(action, message, time) {
    if (!window.isSecureContext) throw new Failure("ERR_WEBEID_CONTEXT_INSECURE");
    await pause(started + loadTime - Date.now()); // the extension's script may come later than ours
    return new Promise((resolve, reject) => {
      const name = "web-eid:" + action;
      const end = (settle, value) => {
        clearTimeout(ack);
        clearTimeout(all);
        window.removeEventListener("message", hear);
        settle(value);
      };
      const ack = setTimeout(() => end(reject, new Failure("ERR_WEBEID_EXTENSION_UNAVAILABLE")), ackTime);
      const all = setTimeout(() => end(reject, new Failure("ERR_WEBEID_ACTION_TIMEOUT")), ackTime + nativeTime + time);
      const hear = (event) => {
        if (event.source !== window || event.origin !== window.location.origin || !event.data) return;
        switch (event.data.action) {
          case name + "-ack":
            clearTimeout(ack);
            break;
          case name + "-success":
            end(resolve, event.data);
            break;
          case name + "-failure":
            end(reject, new Failure((event.data.error && event.data.error.code) || "ERR_WEBEID_UNKNOWN_ERROR"));
            break;
        }
      };
      window.addEventListener("message", hear);
      window.postMessage(Object.assign({ action: name, libraryVersion }, message), window.location.origin);
    });
  }

  /* post asks the server; a refusal comes with its sentence in the visitor's language. */
  async function post(address, body) {
    let answer, content;
    try {
      answer = await fetch(address, {
        method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "Accept": "application/json" }, body: JSON.stringify(body),
      });
      content = await answer.json();
    } catch (e) {
      throw new Failure("network");
    }
    if (!answer.ok) throw new Failure(content.key || "network", content.message);
    return content;
  }

  /* area is one place of the page with a button. */
  function area(root) {
    const find = (name) => root.querySelector("[data-" + name + "]");
    const button = find("start"), status = find("status"), alert = find("alert"), compare = find("compare");
    const texts = {};
    for (const e of root.querySelectorAll("[data-text]")) texts[e.dataset.text] = e.textContent;
    const say = (name) => { status.textContent = texts[name] || ""; };
    const options = { lang: root.dataset.lang, userInteractionTimeout: userTime };

    async function sign() {
      say("certificate");
      const chosen = await ask("get-signing-certificate", { options }, 2 * userTime);
      say("preparing");
      const begun = await post(root.dataset.address, { certificate: chosen.certificate, supportedSignatureAlgorithms: chosen.supportedSignatureAlgorithms });
      find("name").textContent = begun.name;
      find("holder").textContent = begun.holder;
      find("hash").textContent = begun.fingerprint;
      compare.hidden = false;
      status.textContent = texts.compare + " " + begun.fingerprint;
      const made = await ask("sign", { certificate: chosen.certificate, hash: begun.hash, hashFunction: begun.hashFunction, options }, 2 * userTime);
      say("finishing");
      return post(root.dataset.address + "/" + encodeURIComponent(begun.id), { signature: made.signature, signatureAlgorithm: made.signatureAlgorithm });
    }

    async function authenticate() {
      say("starting");
      const given = await post(root.dataset.address + "/challenge", {});
      say("authenticate");
      const proof = await ask("authenticate", { challengeNonce: given.nonce, options }, userTime);
      say("finishing");
      const { unverifiedCertificate, algorithm, signature, format, appVersion } = proof;
      return post(root.dataset.address, { nonce: given.nonce, token: { unverifiedCertificate, algorithm, signature, format, appVersion } });
    }

    /* check asks for no PIN: it reads the signing certificate and hands it to the page that judges it. */
    async function check() {
      say("certificate");
      const chosen = await ask("get-signing-certificate", { options }, 2 * userTime);
      say("finishing");
      const form = document.createElement("form"), field = document.createElement("input");
      form.method = "post";
      form.action = root.dataset.address;
      field.type = "hidden";
      field.name = "certificate";
      field.value = chosen.certificate;
      form.append(field);
      document.body.append(form);
      form.submit();
      return null;
    }

    async function run() {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true"); // not disabled: the focus stays where it is
      alert.textContent = "";
      compare.hidden = true;
      try {
        const done = await { sign, authenticate, check }[root.dataset.webeid]();
        if (done) window.location.assign(done.location);
      } catch (e) {
        status.textContent = "";
        compare.hidden = true;
        alert.textContent = e.sentence || texts[e.name] || texts.ERR_WEBEID_UNKNOWN_ERROR;
        button.removeAttribute("aria-disabled");
      }
    }

    button.addEventListener("click", run);
    find("without").hidden = true;
    find("with").hidden = false;
  }

  document.querySelectorAll("[data-webeid]").forEach(area);
})();
