import JSON

/// The keys by which somebody's decisions are signed, and how to be rid of one.
struct OwnKeysPage {
  let keys: [JSON]
  /// Why they cannot be told.
  let problem: String
  let formToken: String

  var html: HTML {
    let rows = keys.html { key -> HTML in
      let kid = key["kid"]?.string ?? "", counts = key["state"]?.string == "counts"
      let button: HTML = counts
        ? "<form method=\"post\" action=\"/keys/end\" class=\"end-key\"><input type=\"hidden\" name=\"token\" value=\"\(attribute: formToken)\"><input type=\"hidden\" name=\"kid\" value=\"\(attribute: kid)\"><button>Take it out of use</button></form>" : ""
      return """
        <tr data-kid="\(attribute: kid)"><td><code>\(String(kid.prefix(12)))…</code> <span class="this-browser" hidden>this browser</span></td><td>\(Plain.moment(key["registered_at"]?.string)) UTC</td>
        <td>\(Plain.moment(key["until"]?.string)) UTC</td><td>\(key["proof"]?.string == "sign-in" ? "sign-in" : "token")</td><td>\(counts ? "counts" : key["state"]?.string ?? "")</td><td>\(button)</td></tr>
        """
    }
    let why: HTML = problem.isEmpty ? "" : "<p class=\"notice alert\" role=\"alert\">\(problem)</p>"
    let table: HTML = rows.isEmpty
      ? "<p class=\"empty\">No key of yours is registered.</p>"
      : "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Your keys\"><table><thead><tr><th>Key</th><th>Registered</th><th>Until</th><th>Shown by</th><th>State</th><th>End it</th></tr></thead><tbody>\(rows)</tbody></table></div>"
    return """
      <h1>Your keys</h1>
      <p>Your browser signs your decisions with a key of its own, which it gives to nobody. Policy registered it when you signed in, and counts decisions of high impact only with its signature, where the installation asks for that.</p>
      <p id="own-key" class="quiet" role="status">Keys need a script, and https or this very machine.</p>\(why)\(table)
      <p class="quiet">A key that you do not know is not yours: take it out of use and tell a duty officer. Signing out ends this browser’s key.</p>
      """
  }
}
