// One GET request with an access token.
import { call, problem } from "./oauth.js";
import { showError, kept } from "./wire.js";

const element = (id) => document.getElementById(id);
element("access_token").value = kept()?.access_token ?? "";

element("client-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = element("api_url").value.trim();
  const wrong = problem(url, "API URL");
  showError(wrong);
  if (wrong) return;
  const box = element("api-response");
  box.hidden = false;
  try {
    const answer = await call(url, element("access_token").value.trim());
    box.textContent = `HTTP ${answer.status} ${answer.text}${answer.challenge ? "\n" + answer.challenge : ""}`;
  } catch {
    box.textContent = `No answer: the API is not there, or does not allow pages of ${location.origin} to call it.`;
  }
});
