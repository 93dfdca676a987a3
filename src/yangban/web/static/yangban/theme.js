// Theme and size of text, as chosen before: set before the page is painted. Loaded in the head, small on purpose.
(function () {
  "use strict";
  var root = document.documentElement;
  function read(name) { try { return localStorage.getItem("yangban-" + name); } catch (problem) { return null; } }
  function keep(name, value) { try { localStorage.setItem("yangban-" + name, value); } catch (problem) { /* private mode: not kept */ } }
  function dark() { var held = read("theme"); return held ? held === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches; }
  function paint() {
    root.dataset.theme = dark() ? "dark" : "light";
    root.dataset.size = read("size") === "large" ? "large" : "normal";
  }
  paint();
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("button[data-toggle]").forEach(function (button) {
      var name = button.dataset.toggle;
      function show() { button.setAttribute("aria-pressed", String(name === "theme" ? dark() : read("size") === "large")); }
      button.hidden = false;
      show();
      button.addEventListener("click", function () {
        if (name === "theme") { keep("theme", dark() ? "light" : "dark"); } else { keep("size", read("size") === "large" ? "normal" : "large"); }
        paint();
        show();
        document.dispatchEvent(new CustomEvent("yangban:look"));
      });
    });
  });
})();
