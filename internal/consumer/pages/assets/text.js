// Texts of the pages in the language of the person, from the catalogue of the server.
import texts from "/consumer/texts.js";

const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const number = new Intl.NumberFormat(language);
const isolated = (value) => (document.documentElement.dir === "rtl" && typeof value === "string" ? `\u2068${value}\u2069` : value);

// text returns a text with the values of its placeholders. The value n selects its form,
// and has the digits of the language.
export function text(key, values = {}) {
  const found = texts[key] ?? key;
  const form = typeof found === "string" ? found : found[plural.select(values.n)] ?? found.other;
  return form.replace(/{([a-z_]+)}/g, (all, name) => (name === "n" ? number.format(values.n) : isolated(values[name] ?? all)));
}
