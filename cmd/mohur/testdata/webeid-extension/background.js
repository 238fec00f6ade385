/* Between extension and the program at the token: one process of the native messaging host "eu.webeid" for each command. It greets with its version
   within five seconds, gets one command, gives one answer. The origin is the browser's word, never the page's. */
"use strict";

const hostName = "eu.webeid", greetingTime = 5000;

class Failure extends Error {
  constructor(code, message) {
    super(message || code);
    this.code = code;
  }
}

/* converse starts the host, checks its version and has one command answered. */
function converse(command, args, time) {
  return new Promise((resolve, reject) => {
    const port = chrome.runtime.connectNative(hostName);
    let version = "", timer;
    const end = (settle, value) => {
      clearTimeout(timer);
      port.onDisconnect.removeListener(gone);
      port.disconnect();
      settle(value);
    };
    const gone = () => end(reject, new Failure(version ? "ERR_WEBEID_NATIVE_FATAL" : "ERR_WEBEID_NATIVE_UNAVAILABLE", chrome.runtime.lastError && chrome.runtime.lastError.message));
    const late = (code, ms) => { timer = setTimeout(() => end(reject, new Failure(code)), ms); };
    port.onDisconnect.addListener(gone);
    port.onMessage.addListener((message) => {
      clearTimeout(timer);
      if (version) {
        end(message.error ? reject : resolve, message.error ? new Failure(message.error.code, message.error.message) : { version, message });
        return;
      }
      version = message.version;
      if (!/^\d+\.\d+\.\d+/.test(version || "")) {
        end(reject, new Failure("ERR_WEBEID_VERSION_INVALID"));
      } else if (parseInt(version, 10) < parseInt(chrome.runtime.getManifest().version, 10)) {
        end(reject, new Failure("ERR_WEBEID_VERSION_MISMATCH"));
      } else {
        late("ERR_WEBEID_USER_TIMEOUT", time);
        port.postMessage({ command, arguments: args });
      }
    });
    late("ERR_WEBEID_NATIVE_UNAVAILABLE", greetingTime);
  });
}

async function serve(message, sender) {
  const options = message.options || {}, time = options.userInteractionTimeout || 120000;
  const base = { origin: new URL(sender.url).origin };
  if (options.lang) base.lang = options.lang;
  switch (message.action) {
    case "web-eid:status": {
      const { version } = await converse("quit", {}, greetingTime);
      return { library: message.libraryVersion, extension: chrome.runtime.getManifest().version, nativeApp: version };
    }
    case "web-eid:get-signing-certificate":
      return (await converse("get-signing-certificate", base, time)).message;
    case "web-eid:sign":
      return (await converse("sign", { ...base, hash: message.hash, hashFunction: message.hashFunction, certificate: message.certificate }, time)).message;
    case "web-eid:authenticate":
      return (await converse("authenticate", { ...base, challengeNonce: message.challengeNonce }, time)).message;
  }
  throw new Failure("ERR_WEBEID_UNKNOWN_ERROR");
}

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  serve(message, sender).then(
    (result) => answer({ action: message.action + "-success", ...result }),
    (e) => answer({ action: message.action + "-failure", error: { code: e.code || "ERR_WEBEID_UNKNOWN_ERROR", message: e.message, name: e.name } }),
  );
  return true; // the answer comes later
});
