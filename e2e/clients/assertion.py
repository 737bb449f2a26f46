"""Authlib authenticates with its private key. Its assertions are for the URL of
the endpoint, and not for the issuer."""

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from person import config, done

metadata = requests.get(config["issuer"] + "/.well-known/openid-configuration").json()
assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"], metadata
endpoint = metadata["token_endpoint"]
session = OAuth2Session(
    config["client_id"],
    ECKey.import_key(config["private"]),
    token_endpoint_auth_method=PrivateKeyJWT(endpoint, headers={"kid": config["private"]["kid"]}, alg="ES256"),
)
token = session.fetch_token(endpoint, grant_type="client_credentials", scope="read")
assert token["scope"] == "read", token
done()
