#!/usr/bin/env python3
"""authlib_app.py ISSUER CLIENT_ID SECRET REDIRECT_URI: a web app by python3-authlib. Prints where the browser goes, reads where it
came back to, redeems the code, verifies the ID token and refreshes once. Then prints where the browser goes to sign out, reads
a line once it has been there, and sees that nothing can be refreshed any more."""
import os
import sys
import urllib.parse

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the test's issuer is http on localhost
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

issuer, client_id, secret, redirect_uri = sys.argv[1:]
meta = requests.get(issuer + "/.well-known/openid-configuration", timeout=10).json()
client = OAuth2Session(client_id, secret, scope="openid profile", redirect_uri=redirect_uri, code_challenge_method="S256",
                       token_endpoint_auth_method="client_secret_basic")
verifier, nonce = generate_token(48), generate_token(20)
url, state = client.create_authorization_url(meta["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
print(url, flush=True)

came_back_to = sys.stdin.readline().strip()
query = urllib.parse.parse_qs(urllib.parse.urlsplit(came_back_to).query)
if query["iss"] != [issuer]:
    sys.exit("another issuer answers")
token = client.fetch_token(meta["token_endpoint"], authorization_response=came_back_to, state=state, code_verifier=verifier)


def verified(id_token):
    keys = JsonWebKey.import_key_set(requests.get(meta["jwks_uri"], timeout=10).json())
    claims = jwt.decode(id_token, keys, claims_cls=CodeIDToken,
                        claims_options={"iss": {"value": issuer}, "aud": {"value": client_id}, "nonce": {"value": nonce}})
    claims.validate()
    return claims


id_token = token["id_token"]
claims = verified(id_token)
info = client.get(meta["userinfo_endpoint"]).json()
if info["sub"] != claims["sub"]:
    sys.exit("userinfo is about somebody else")
token = client.refresh_token(meta["token_endpoint"], refresh_token=token["refresh_token"])
farewell = {"id_token_hint": token.get("id_token", id_token), "post_logout_redirect_uri": redirect_uri.replace("/callback", "/bye")}
print(meta["end_session_endpoint"] + "?" + urllib.parse.urlencode(farewell), flush=True)
sys.stdin.readline()
try:
    client.refresh_token(meta["token_endpoint"], refresh_token=token["refresh_token"])
    sys.exit("the session was refreshed after its end")
except OAuthError as refused:
    if refused.error != "invalid_grant":
        raise
print("signed in, refreshed, signed out:", claims["sub"], token["token_type"])
