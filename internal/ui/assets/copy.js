// Makes copy buttons work: <button type="button" data-copy="#id" hidden>Copy</button>.
// The buttons stay hidden if scripts are disabled.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.querySelector(button.dataset.copy);
    const text = "value" in field ? field.value : field.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      field.select?.();
      document.execCommand("copy");
    }
    button.textContent = button.dataset.copied ?? "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}
