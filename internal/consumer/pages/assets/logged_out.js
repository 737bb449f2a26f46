// Deletes the tokens of this tab.
import { element } from "./page.js";

sessionStorage.removeItem("tokens");
sessionStorage.removeItem("old_refresh_token");
element("forgotten").hidden = false;
