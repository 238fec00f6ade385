/* Between page and extension: "web-eid:..." messages of the page's own window are acknowledged and handed on, the answer goes back as a message. */
"use strict";

window.addEventListener("message", async (event) => {
  const action = event.data && event.data.action;
  if (event.source !== window || typeof action !== "string" || !/^web-eid:[a-z-]+$/.test(action) || /-(ack|success|failure)$/.test(action)) return;
  const answer = (message) => window.postMessage(message, event.origin);
  if (!window.isSecureContext) {
    answer({ action: action + "-failure", error: { code: "ERR_WEBEID_CONTEXT_INSECURE", message: "secure context required", name: "ContextInsecureError" } });
    return;
  }
  answer({ action: action + "-ack" });
  answer(await chrome.runtime.sendMessage(event.data));
});
