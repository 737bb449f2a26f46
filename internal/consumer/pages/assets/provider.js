// Fills in the endpoints of a form from the metadata of the provider, which the server
// of this application reads.
import { element, value, loadClient, loadTokens } from "./page.js";
import { text } from "./text.js";

let metadata = {};

// provider returns the metadata that was read last.
export const provider = () => metadata;

// fillIn fills in the client of this tab, and reads the metadata if the issuer is known.
export async function fillIn() {
  const known = loadClient() ?? loadTokens();
  if (known?.client_id && element("client_id") && !value("client_id")) {
    element("client_id").value = known.client_id;
    const issuer = known.issuer ?? known.provider?.issuer;
    if (issuer) element("issuer").value = issuer;
  }
  element("read-metadata").addEventListener("click", readMetadata);
  if (value("issuer")) await readMetadata();
}

// readMetadata reads the metadata of the issuer in the form. It replaces the endpoints
// in the form.
export async function readMetadata() {
  const hint = element("issuer-hint");
  try {
    const response = await fetch("/consumer/provider/", { method: "POST", body: new URLSearchParams({ issuer: value("issuer") }) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.problem);
    metadata = answer;
    for (const field of document.querySelectorAll("[data-endpoint]")) field.value = metadata[field.dataset.endpoint] ?? "";
    hint.textContent = text("consumer.script.endpoints");
  } catch (failure) {
    hint.textContent = failure.message;
  }
}
