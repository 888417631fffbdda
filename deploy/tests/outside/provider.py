"""An identity provider of somebody else's on this machine: django-oauth-toolkit, with people, groups and keys that a test may change.

    provider.py PORT FOLDER RETURN CLIENT-SECRET-FILE [PEOPLE-YAML]

RETURN is PUBLIC_URL of the reviewer. With a people file everybody of it is known, in their groups (`cs-GROUP`). Its code flow, PKCE, refresh, discovery, keys, userinfo and logout are the toolkit's own. Ours are
only a page to log in at, access tokens in the form of a JWT (a setting of the toolkit), and what a test turns: `POST /control/people`
{name: {groups, disabled}}, `/control/rotate`, `/control/logout-token` {name}.
"""
import json
import pathlib
import sys
import time
import uuid

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

PORT, FOLDER, RETURN = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
ISSUER = f"http://127.0.0.1:{PORT}/o"
LOGIN = """<form method="post">{% csrf_token %}{{ form }}<input type="hidden" name="next" value="{{ next }}"><button>Log in</button></form>"""


def new_key():
  key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
  return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def access_token(request, refresh_token=False):
  """RFC 9068, signed by the key that the toolkit signs ID tokens with."""
  now = int(time.time())
  return signed({**claims_of(request.user), "iss": ISSUER, "aud": "countersign-api", "sub": str(request.user.pk), "client_id": request.client.client_id,
                 "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), "auth_time": int(request.user.last_login.timestamp())}, "at+jwt")


def refresh_token(request, refresh_token=False):
  from oauthlib.common import generate_token
  return generate_token(48)


settings.configure(
  DEBUG=False, SECRET_KEY=str(uuid.uuid4()), ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True, LOGIN_URL="/login",
  INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
  MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware"],
  DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "provider.sqlite"), "OPTIONS": {"timeout": 20}}},
  DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
  TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": False, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"],
    "loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}), "django.template.loaders.app_directories.Loader"]}}],
  OAUTH2_PROVIDER={
    "OIDC_ENABLED": True, "OIDC_ISS_ENDPOINT": ISSUER, "OIDC_RSA_PRIVATE_KEY": new_key(), "PKCE_REQUIRED": True, "ALLOWED_SCHEMES": ["http"],
    "OIDC_RP_INITIATED_LOGOUT_ENABLED": True, "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False, "ID_TOKEN_EXPIRE_SECONDS": 300,
    "SCOPES": {"openid": "who you are", "profile": "your name and groups"}, "ROTATE_REFRESH_TOKEN": True, "REQUEST_APPROVAL_PROMPT": "auto",
    "ACCESS_TOKEN_GENERATOR": access_token, "REFRESH_TOKEN_GENERATOR": refresh_token, "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator"})
sys.modules.setdefault("provider", sys.modules[__name__])
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from jwcrypto import jwk, jwt  # noqa: E402
from oauth2_provider.models import AccessToken, Application, RefreshToken  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402
from oauth2_provider.settings import oauth2_settings  # noqa: E402


def claims_of(user):
  return {"preferred_username": user.username, "name": user.first_name or user.username, "groups": sorted(group.name for group in user.groups.all())}


def signed(claims, kind):
  key = jwk.JWK.from_pem(oauth2_settings.OIDC_RSA_PRIVATE_KEY.encode())
  token = jwt.JWT(header={"alg": "RS256", "kid": key.thumbprint(), "typ": kind}, claims=claims)
  token.make_signed_token(key)
  return token.serialize()


class Validator(OAuth2Validator):
  oidc_claim_scope = None

  def get_additional_claims(self, request):
    return {**claims_of(request.user), "amr": ["pwd"]}


def known(name, groups=None, title=""):
  """Somebody who can log in, made where there is nobody of the name."""
  user, is_new = User.objects.get_or_create(username=name)
  if is_new:
    user.set_password(f"password of {name}")
    user.first_name = title
    user.save()
  if groups is not None:
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
  return user


@csrf_exempt
def people(request):
  for name, wanted in json.loads(request.body).items():
    user = known(name, wanted.get("groups"))
    user.is_active = not wanted.get("disabled", False)
    user.save()
    if not user.is_active:
      # As an administrator does who disables an account.
      RefreshToken.objects.filter(user=user).delete()
      AccessToken.objects.filter(user=user).delete()
  return JsonResponse({})


@csrf_exempt
def rotate(request):
  """A new key signs; the one before is published still, older ones are not."""
  old = oauth2_settings.OIDC_RSA_PRIVATE_KEY
  oauth2_settings.OIDC_RSA_PRIVATE_KEY, oauth2_settings.OIDC_RSA_PRIVATE_KEYS_INACTIVE = new_key(), [old]
  settings.OAUTH2_PROVIDER.update(OIDC_RSA_PRIVATE_KEY=oauth2_settings.OIDC_RSA_PRIVATE_KEY, OIDC_RSA_PRIVATE_KEYS_INACTIVE=[old])
  return JsonResponse({"kid": jwk.JWK.from_pem(oauth2_settings.OIDC_RSA_PRIVATE_KEY.encode()).thumbprint()})


@csrf_exempt
def logout_token(request):
  user, now = User.objects.get(username=json.loads(request.body)["name"]), int(time.time())
  return JsonResponse({"token": signed({
    "iss": ISSUER, "aud": "countersign", "sub": str(user.pk), "iat": now, "exp": now + 120, "jti": str(uuid.uuid4()),
    "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, "logout+jwt")})


urlpatterns = [
  path("login", LoginView.as_view()), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
  path("control/people", people), path("control/rotate", rotate), path("control/logout-token", logout_token),
]


def main():
  call_command("migrate", verbosity=0)
  Application.objects.update_or_create(
    client_id="countersign", defaults={
      "client_secret": pathlib.Path(sys.argv[4]).read_text().strip(), "client_type": "confidential", "authorization_grant_type": "authorization-code",
      "redirect_uris": f"{RETURN}/sign-in/callback", "post_logout_redirect_uris": f"{RETURN}/", "skip_authorization": True, "algorithm": "RS256"})
  if len(sys.argv) > 5:
    import yaml
    for person in yaml.safe_load(pathlib.Path(sys.argv[5]).read_text())["people"]:
      known(person["id"], [f"cs-{group}" for group in person["groups"]], person["name"])
  from wsgiref.simple_server import WSGIRequestHandler, make_server
  from socketserver import ThreadingMixIn
  from wsgiref.simple_server import WSGIServer
  from django.core.wsgi import get_wsgi_application

  class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

  class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
      pass

  print("listening", flush=True)
  make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet).serve_forever()


if __name__ == "__main__":
  main()
