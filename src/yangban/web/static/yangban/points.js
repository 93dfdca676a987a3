// A code on a screen is good for a minute: show the next one in time.
"use strict";
(function () {
  var shown = document.querySelector("[data-again]");
  if (shown) {
    window.setTimeout(function () { window.location.reload(); }, Number(shown.dataset.again) * 1000);
  }
})();
