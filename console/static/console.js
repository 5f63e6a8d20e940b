// Says so when the figures on the page can no longer be refreshed, and takes it back when they can.
const lost = (on) => { document.querySelector(".lost").hidden = !on; };
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, () => lost(true));
document.addEventListener("htmx:afterSwap", () => lost(false));
