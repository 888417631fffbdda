"""A browser without pictures: cookies of each host, forms, and redirects that are looked at one by one."""
import http.client
import html
import re
import urllib.parse


class Page:
  def __init__(self, response, url):
    self.status, self.url = response.status, url
    self.headers = response.headers
    self.text = response.read().decode(errors="replace")
    self.location = urllib.parse.urljoin(url, response.headers.get("Location", "")) if response.headers.get("Location") else ""

  def field(self, name):
    """The value of a form's hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', self.text)
    return html.unescape(found.group(1)) if found else None

  def query(self, name):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.location).query)).get(name)


class Browser:
  def __init__(self):
    self.jar = {}  # (host and port): {name: value}
    self.attributes = {}  # name: the Set-Cookie line as it came last

  def call(self, method, url, form=None, headers=None, body=None):
    parts = urllib.parse.urlsplit(url)
    cookies = self.jar.setdefault(parts.netloc, {})
    sent = {"Host": parts.netloc, **({"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {})}
    if form is not None:
      body = urllib.parse.urlencode(form)
      sent["Content-Type"] = "application/x-www-form-urlencoded"
    sent.update(headers or {})
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
      path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
      connection.request(method, path, body, sent)
      page = Page(connection.getresponse(), url)
    finally:
      connection.close()
    for line in page.headers.get_all("Set-Cookie") or []:
      name, _, value = line.split(";")[0].partition("=")
      self.attributes[name] = line
      if "max-age=0" in line.lower():
        cookies.pop(name, None)
      else:
        cookies[name] = value
    return page

  def get(self, url, **more):
    return self.call("GET", url, **more)

  def post(self, url, form, **more):
    return self.call("POST", url, form=form, **more)


def log_in(browser, page, name):
  """From a redirect to the provider to the address that it sends the browser back to; None where it does not."""
  for _ in range(6):
    if "/sign-in/callback" in page.location:
      return page.location
    if not page.location:
      return None
    page = browser.get(page.location)
    if page.status == 200 and page.field("csrfmiddlewaretoken"):
      page = browser.post(page.url, {
        "csrfmiddlewaretoken": page.field("csrfmiddlewaretoken"), "username": name, "password": f"password of {name}",
        "next": page.field("next") or ""})
  return None
