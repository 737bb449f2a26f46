// The choice between the browser and the server of this application as the sender of
// requests to the provider. It is kept in this tab.
const box = document.getElementById("relay");

if (box) {
  box.checked = sessionStorage.getItem("relay") === "yes";
  box.addEventListener("change", () => sessionStorage.setItem("relay", box.checked ? "yes" : ""));
}

// relays reports whether the server of this application sends the requests.
export const relays = () => Boolean(box?.checked);
