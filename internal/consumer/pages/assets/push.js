// Shows the fields that the authentication method needs, and fills in the secret of an
// application that registered itself in this tab.
import { prepareClient } from "./client_auth.js";

prepareClient();
