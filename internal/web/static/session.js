/* Asks five minutes before a session ends whether to go on (WCAG 2.2.1). The page says in its foot when that is, for who has no script. Another tab
   of the same person that was used meanwhile counts: they tell each other through the storage, and nothing but the time is kept there. */
(function () {
  "use strict";

  const box = document.querySelector("[data-session]");
  if (!box || typeof box.showModal !== "function") return;
  const warn = 300, name = "mohur-session-ends"; // seconds
  const left = box.querySelector("[data-left]"), alert = box.querySelector("[data-alert]");
  let ends = 0, focused = null;

  const remaining = () => Math.max(0, Math.round((ends - Date.now()) / 1000));

  function set(seconds, tell) {
    ends = Date.now() + seconds * 1000;
    if (tell) try { localStorage.setItem(name, String(ends)); } catch (e) { /* a browser without storage asks in each tab */ }
    if (box.open && seconds > warn) close();
  }

  function close() {
    box.close();
    if (focused) focused.focus();
  }

  async function goOn() {
    alert.textContent = "";
    try {
      const answer = await fetch(box.dataset.session, { method: "POST", credentials: "same-origin", headers: { "Accept": "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      set((await answer.json()).seconds, true);
    } catch (e) {
      alert.textContent = box.dataset.failed;
    }
  }

  function tick() {
    const s = remaining();
    if (s === 0) {
      window.location.assign("/log-in?ended=1");
      return;
    }
    if (s <= warn) {
      left.textContent = Math.ceil(s / 60);
      if (!box.open) {
        focused = document.activeElement;
        box.showModal();
      }
    }
    setTimeout(tick, Math.max(1000, Math.min((s - warn) * 1000, 20000)));
  }

  box.querySelector("[data-go]").addEventListener("click", goOn);
  box.addEventListener("cancel", (event) => { event.preventDefault(); goOn(); }); // Escape is an answer too
  window.addEventListener("storage", (event) => {
    if (event.key === name && Number(event.newValue) > ends) set((Number(event.newValue) - Date.now()) / 1000, false);
  });
  set(Number(box.dataset.seconds), true);
  tick();
})();
