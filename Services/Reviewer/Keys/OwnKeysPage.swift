import JSON

/// The keys by which somebody's decisions are signed, and how to be rid of one.
struct OwnKeysPage {
  /// As policy tells them.
  let keys: [JSON]
  /// Why they cannot be told.
  let problem: String
  let formToken: String

  var html: HTML {
    let why: HTML = problem.isEmpty ? "" : "<p class=\"notice alert\" role=\"alert\">\(problem)</p>"
    return """
      <h1>Your keys</h1>
      <p>Your browser signs your decisions with a key of its own, which it gives to nobody. Policy registered it when you signed in. Where the installation asks for it, a decision counts only with that signature.</p>
      <p id="own-key" class="quiet" role="status">Keys need this page’s script, and https or this very machine.</p>\(why)\(table)
      <p class="quiet">A key that you do not know is not yours: take it out of use, and tell a duty officer. Signing out ends this browser’s key.</p>
      """
  }

  private var table: HTML {
    guard !keys.isEmpty else { return problem.isEmpty ? "<p class=\"empty\">No key of yours is registered.</p>" : "" }
    return """
      <table class="tasks health"><thead><tr><th scope="col">Key</th><th scope="col">Registered</th><th scope="col">Counts until</th><th scope="col">Shown by</th>
      <th scope="col">State</th></tr></thead><tbody>\(keys.html(row))</tbody></table>
      """
  }

  private func row(_ key: JSON) -> HTML {
    let kid = key["kid"]?.string ?? "", state = key["state"]?.string ?? ""
    let end: HTML = state != "counts" ? "" : """
      <form method="post" action="/keys/end"><input type="hidden" name="token" value="\(attribute: formToken)"><input type="hidden" name="kid" value="\(attribute: kid)"><button>Take it out of use</button></form>
      """
    return """
      <tr data-kid="\(attribute: kid)"><th scope="row">\(String(kid.prefix(12)))… <b class="this-browser" hidden>this browser</b></th>
      <td><span class="side">Registered</span>\(Plain.moment(key["registered_at"]?.string)) UTC</td>
      <td><span class="side">Counts until</span>\(Plain.moment(key["until"]?.string)) UTC</td>
      <td><span class="side">Shown by</span>\(key["proof"]?.string == "sign-in" ? "your sign-in" : "your token")</td>
      <td><span class="side">State</span>\(state == "counts" ? "" : state)\(end)</td></tr>
      """
  }
}
