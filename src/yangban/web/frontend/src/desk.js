// The desk: parts of pages that renew themselves, files dropped on a page, and texts that are not lost.
import htmx from "htmx.org";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;

const english = document.documentElement.lang.startsWith("en");
const pick = (zh, en) => (english ? en : zh);

// ------------------------------------------------------------------------------------------------ the menu on a phone
const menu = document.querySelector(".desk-menu");
if (menu && window.matchMedia("(max-width: 760px)").matches) menu.open = false;

// --------------------------------------------------------------------------------------------------- files to hand in
function size(bytes) {
  return bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

function upload(form) {
  const input = form.querySelector('input[type="file"][multiple]');
  const zone = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-chosen]");
  const sending = form.querySelector("[data-sending]");
  const endings = input.accept.split(",");
  const fits = (name) => endings.some((ending) => name.toLowerCase().endsWith(ending));

  function show() {
    list.textContent = "";
    for (const file of input.files) {
      const line = document.createElement("li");
      line.textContent = `${file.name}  ${size(file.size)}`;
      if (!fits(file.name)) {
        line.className = "wrong";
        line.textContent += pick("  不是可读入的类型", "  not a type that can be read");
      }
      list.append(line);
    }
  }
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer || !event.dataTransfer.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    const bar = sending.querySelector("progress");
    const button = form.querySelector('button[type="submit"]');
    sending.hidden = false;
    button.disabled = true;
    request.upload.addEventListener("progress", (told) => { if (told.lengthComputable) bar.value = (100 * told.loaded) / told.total; });
    // The answer is a page: of the receipt, or this one with what was wrong.
    request.addEventListener("load", () => {
      if (request.responseURL && new URL(request.responseURL).pathname !== window.location.pathname) {
        window.location.assign(request.responseURL);
        return;
      }
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(answer.querySelector("main"));
      document.querySelectorAll("form[data-upload]").forEach(upload);
      document.querySelector("main").focus();
    });
    request.addEventListener("error", () => {
      sending.hidden = true;
      button.disabled = false;
      const line = document.createElement("li");
      line.className = "wrong";
      line.textContent = pick("没有传成：网络中断，请再试一次", "Not sent: the connection broke; try again");
      list.append(line);
    });
    request.open("POST", window.location.href);
    request.send(new FormData(form));
  });
}
document.querySelectorAll("form[data-upload]").forEach(upload);

// ------------------------------------------------------------------------------- texts that are kept until they are sent
function kept(field) {
  const key = `yangban-draft:${window.location.pathname}:${field.dataset.keep}`;
  try {
    const before = window.localStorage.getItem(key);
    if (before && !field.value) field.value = before;
    field.addEventListener("input", () => window.localStorage.setItem(key, field.value));
    field.form.addEventListener("submit", () => window.localStorage.removeItem(key));
  } catch (problem) { /* private mode: not kept */ }
}
document.querySelectorAll("textarea[data-keep]").forEach(kept);

// ----------------------------------------------------------------- rows chosen together, and keys: / filter, n and p move
document.querySelectorAll("input[data-all]").forEach((box) => {
  box.addEventListener("change", () => {
    box.closest("table").querySelectorAll('tbody input[type="checkbox"]').forEach((each) => { each.checked = box.checked; });
  });
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (event.key === "/") {
    const field = document.querySelector(".filter input, .filter select");
    if (field) { event.preventDefault(); field.focus(); }
  }
  if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll(".desk-body tbody a")];
    if (!links.length) return;
    const next = links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
    links[Math.max(0, Math.min(links.length - 1, next))].focus();
  }
});
