// Keeps the client that registered itself in this tab.
import { element, storeClient } from "./page.js";

storeClient(JSON.parse(element("registered").dataset.client));
