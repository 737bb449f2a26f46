"""MSAL, the library of Microsoft, with a provider that is not Microsoft."""

from urllib.parse import parse_qs, urlsplit

import msal

from person import config, done, visit

app = msal.ConfidentialClientApplication(config["client_id"], client_credential=config["client_secret"], oidc_authority=config["issuer"])
flow = app.initiate_auth_code_flow(["email"], redirect_uri=config["redirect_uri"])
answer = {name: values[0] for name, values in parse_qs(urlsplit(visit(flow["auth_uri"])).query).items()}
result = app.acquire_token_by_auth_code_flow(flow, answer)
assert "error" not in result, result
assert result["id_token_claims"]["email"] == config["email"], result["id_token_claims"]
accounts = app.get_accounts()
assert [a["username"] for a in accounts] == [config["username"]], accounts
again = app.acquire_token_silent(["email"], account=accounts[0], force_refresh=True)
assert again and again["access_token"] != result["access_token"], again
done()
