// Sends a GET request with an access token.
import { callAPI, checkURL } from "./oauth.js";
import { showError, loadTokens } from "./page.js";

const element = (id) => document.getElementById(id);
element("access_token").value = loadTokens()?.access_token ?? "";

element("client-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = element("api_url").value.trim();
  const error = checkURL(url, "API URL");
  showError(error);
  if (error) return;
  const box = element("api-response");
  box.hidden = false;
  box.textContent = await callAPI(url, element("access_token").value.trim());
});
