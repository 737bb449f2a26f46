// Moves the fragment of the address into the field with the attribute data-fragment,
// and removes it from the address and from the history of the browser.
const field = document.querySelector("input[data-fragment]");
const fragment = decodeURIComponent(location.hash.slice(1));
if (field && fragment && document.getElementById(fragment) === null) {
  field.value = fragment;
  history.replaceState(null, "", location.pathname + location.search);
}
