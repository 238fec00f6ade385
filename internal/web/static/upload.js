/* Shows how far the upload of a form has come. Without this script, and for small files, the browser sends the form by itself. What the server answers
   is shown as it is, be it the next page or the form again with what is wrong. */
(function () {
  "use strict";

  const small = 512 << 10; // bytes that need no bar

  function bytes(form) {
    let n = 0;
    for (const input of form.querySelectorAll("input[type=file]")) for (const file of input.files) n += file.size;
    return n;
  }

  function area(form) {
    const words = document.querySelector("[data-upload-words]");
    const bar = document.createElement("progress"), text = document.createElement("p");
    bar.max = 100;
    bar.className = "upload";
    bar.setAttribute("aria-label", words.dataset.going);
    text.setAttribute("role", "status");
    form.append(bar, text);
    return { bar, text, words: words.dataset };
  }

  function send(form, submitter) {
    const shown = area(form), request = new XMLHttpRequest();
    let said = -1;
    const end = (word) => {
      shown.bar.remove();
      shown.text.setAttribute("role", "alert");
      shown.text.textContent = word;
      form.removeAttribute("data-sending");
    };
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor(100 * event.loaded / event.total);
      shown.bar.value = percent;
      if (percent - said >= 10 || percent === 100) { // a screen reader is told now and then, not all the time
        said = percent;
        shown.text.textContent = percent === 100 ? shown.words.done : shown.words.going + " " + percent + " %";
      }
    });
    request.addEventListener("error", () => end(shown.words.failed));
    request.addEventListener("load", () => {
      history.replaceState(null, "", request.responseURL || form.action);
      document.open();
      document.write(request.responseText);
      document.close();
    });
    request.open("POST", (submitter && submitter.hasAttribute("formaction") && submitter.formAction) || form.action);
    request.send(new FormData(form, submitter));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, encoding = (event.submitter && event.submitter.getAttribute("formenctype")) || form.enctype;
    if (event.defaultPrevented || encoding !== "multipart/form-data" || bytes(form) < small) return;
    event.preventDefault();
    if (form.hasAttribute("data-sending")) return; // pressed twice
    form.setAttribute("data-sending", "");
    send(form, event.submitter);
  });
})();
