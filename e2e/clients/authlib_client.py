"""Authlib as its documentation configures an OpenID Connect provider."""

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

from person import config, done, visit

metadata = requests.get(config["issuer"] + "/.well-known/openid-configuration").json()
session = OAuth2Session(
    config["client_id"],
    config["client_secret"],
    redirect_uri=config["redirect_uri"],
    scope="openid profile email offline_access",
    code_challenge_method="S256",
    token_endpoint=metadata["token_endpoint"],
)
verifier = "a-code-verifier-of-at-least-forty-three-characters"
url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce="n", prompt="consent")
token = session.fetch_token(authorization_response=visit(url), state=state, code_verifier=verifier)

keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"]).json())
claims = jwt.decode(
    token["id_token"], keys, claims_cls=CodeIDToken, claims_options={"iss": {"value": config["issuer"]}},
    claims_params={"nonce": "n", "client_id": config["client_id"], "access_token": token["access_token"]},
)
claims.validate()
assert claims["email"] == config["email"], claims
assert session.get(metadata["userinfo_endpoint"]).json()["name"] == config["name"]

fresh = session.refresh_token(metadata["token_endpoint"])
assert fresh["access_token"] != token["access_token"]
session.introspect_token(metadata["introspection_endpoint"], token=fresh["access_token"]).raise_for_status()
session.revoke_token(metadata["revocation_endpoint"], token=fresh["refresh_token"]).raise_for_status()
found = session.introspect_token(metadata["introspection_endpoint"], token=fresh["access_token"])
assert found.json() == {"active": False}, found.text
done()
