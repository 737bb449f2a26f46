// On a page with a question, the Escape key does the same as the link Cancel. The link
// has the focus when the page opens, so that the Enter key does not confirm by mistake.
const cancel = document.querySelector("a[data-cancel]");
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) {
    cancel.click();
  }
});
