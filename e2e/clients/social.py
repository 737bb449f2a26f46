"""social-auth-core, the library of social-auth-app-django, with its generic
OpenID Connect backend."""

from urllib.parse import parse_qsl, urlsplit

from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.storage import (
    AssociationMixin, BaseStorage, CodeMixin, NonceMixin, PartialMixin, UserMixin,
)
from social_core.strategy import BaseStrategy

from person import config, done, visit

SETTINGS = {
    "SOCIAL_AUTH_OIDC_OIDC_ENDPOINT": config["issuer"],
    "SOCIAL_AUTH_OIDC_KEY": config["client_id"],
    "SOCIAL_AUTH_OIDC_SECRET": config["client_secret"],
}


class Association(AssociationMixin):
    """Keeps the nonce between the two requests."""

    kept = {}

    @classmethod
    def store(cls, server_url, association):
        row = cls()
        row.id = row.handle = association.handle
        row.issued, row.lifetime, row.assoc_type = association.issued, association.lifetime, association.assoc_type
        cls.kept[row.handle] = row

    @classmethod
    def get(cls, *args, handle=None, **kwargs):
        return [cls.kept[handle]] if handle in cls.kept else []

    @classmethod
    def remove(cls, ids_to_delete):
        for handle in ids_to_delete:
            del cls.kept[handle]


class Nonce(NonceMixin):
    """Every state is new."""

    @classmethod
    def use(cls, server_url, timestamp, salt):
        return True

    @classmethod
    def consume(cls, server_url, salt, *args, **kwargs):
        return True


class Storage(BaseStorage):
    user, nonce, association, code, partial = UserMixin, Nonce, Association, CodeMixin, PartialMixin


class Strategy(BaseStrategy):
    """A web framework with one session and one request."""

    def __init__(self):
        super().__init__(Storage)
        self.session, self.request = {}, {}

    def get_setting(self, name):
        return SETTINGS[name]

    def request_data(self, merge=True):
        return self.request

    def request_host(self):
        return "client.example"

    def build_absolute_uri(self, path=None):
        return path

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def session_pop(self, name):
        return self.session.pop(name, None)

    def session_setdefault(self, name, value):
        return self.session.setdefault(name, value)


strategy = Strategy()
backend = OpenIdConnectAuth(strategy, config["redirect_uri"])
strategy.request = dict(parse_qsl(urlsplit(visit(backend.auth_url())).query))
backend.data = strategy.request
state = backend.validate_state()
response = backend.request_access_token(
    backend.access_token_url(), data=backend.auth_complete_params(state), headers=backend.auth_headers(),
    auth=backend.auth_complete_credentials(), method=backend.ACCESS_TOKEN_METHOD,
)
assert backend.id_token["email"] == config["email"], backend.id_token
details = backend.get_user_details(backend.user_data(response["access_token"]))
assert details["email"] == config["email"] and details["username"] == config["username"], details
done()
