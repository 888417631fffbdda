import JSON
import Permits
import Wire

/// Text as text, whatever it says; characters that hide or turn other text are made visible.
func escape(_ text: some StringProtocol) -> String {
  var out = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": out += "&amp;"
    case "<": out += "&lt;"
    case ">": out += "&gt;"
    case "\"": out += "&quot;"
    case "'": out += "&#39;"
    case "\u{200B}"..."\u{200F}", "\u{202A}"..."\u{202E}", "\u{2060}"..."\u{2069}", "\u{FEFF}", "\u{00AD}":
      out += "<span class=\"odd\">U+\(String(scalar.value, radix: 16, uppercase: true))</span>"
    default:
      if scalar.value < 0x20, scalar != "\n", scalar != "\t" {
        out += "<span class=\"odd\">U+\(String(scalar.value, radix: 16, uppercase: true))</span>"
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
  }
  return out
}

/// One task: why first, then what would change, what it rests on, and beside it the decision.
struct TaskView {
  let key: String
  let task: ReviewTask
  let person: Person
  let token: String

  private var file: JSON { task.request }

  var text: String {
    """
    <h1>\(escape(file["workflow"]?.string ?? "")) <span class="chip">\(escape(file["risk"]?.string ?? "")) impact</span> \
    <span class="chip">\(escape(file["route"]?.string ?? ""))</span></h1><div class="cols"><div>\(why)\(change)\(request)\(sources)</div><aside>\(decision)</aside></div>
    """
  }

  private var why: String {
    let reasons = (file["matches"]?.array ?? []).map {
      "<li><span class=\"chip\">\(escape($0["code"]?.string ?? ""))</span> \(escape($0["because"]?.string ?? ""))</li>"
    }
    let parts = (file["parts"]?.array ?? []).map { "\($0["name"]?.string ?? "") \($0["value"]?.double.map { decimal($0) } ?? "unknown")" }
    let confidence = file["confidence"]?.double.map { "Confidence \(decimal($0)): \(parts.joined(separator: ", "))" } ?? "No confidence"
    return "<section class=\"why\" aria-label=\"Why\"><h2>Why you see this</h2><ul>\(reasons.joined())</ul><p class=\"note\">\(escape(confidence))</p></section>"
  }

  private var change: String {
    guard let action = file["action"], !action.isNull else { return "<h2>What would change</h2><p>No action is proposed.</p>" }
    let current = file["current"]
    let rows = (action["body"]?.object?.members ?? []).map { member in
      let now = current?[member.key].map { TaskView.plain($0) } ?? ""
      let then = TaskView.plain(member.value)
      return "<tr><th>\(escape(member.key))</th><td>\(now.isEmpty ? "<span class=\"note\">nothing</span>" : "<del>\(escape(now))</del>")</td><td><ins>\(escape(then))</ins></td></tr>"
    }
    return """
      <h2>What would change</h2><p><b>\(escape(action["type"]?.string ?? ""))</b> on \(escape(action["target"]?.string ?? ""))</p>\
      <table><thead><tr><th>Field</th><th>Now</th><th>Then</th></tr></thead><tbody>\(rows.joined())</tbody></table>
      """
  }

  private var request: String { "<h2>The request</h2><pre>\(escape(TaskView.readable(file["data"] ?? .null)))</pre>" }

  private var sources: String {
    let all = (file["sources"]?.array ?? []).map { source in
      "<details><summary>\(escape(source["name"]?.string ?? "")) \(escape(source["id"]?.string ?? ""))</summary><pre>\(escape(TaskView.readable(source["fields"] ?? .null)))</pre></details>"
    }
    return "<h2>What it rests on</h2>" + (all.isEmpty ? "<p>Nothing was fetched.</p>" : all.joined())
  }

  private var decision: String {
    let needed = TaskView.needed(file["quorum"] ?? .null)
    let action = file["action"].map { $0.isNull ? "" : $0.text } ?? ""
    return """
      <p>Still needed: <b>\(escape(needed))</b></p>\
      <p class="note">Next hand-over \(escape(task.nextRung?.description.prefix(16).replacing("T", with: " ") ?? "none")) UTC<br>Deadline \(escape(Instant(microseconds: file["deadline"]?.integer ?? 0).description.prefix(16).replacing("T", with: " "))) UTC</p>\
      <form method="post" action="/tasks/\(escape(key))/decision"><input type="hidden" name="token" value="\(escape(token))">\
      <input type="hidden" name="version" value="\(task.version)"><input type="hidden" name="view" value="\(Desk.view(file))">\
      <label for="code">Reason code (needed to edit, reject or escalate)</label><input id="code" name="code" maxlength="80">\
      <label for="words">Words</label><textarea id="words" name="words" rows="2"></textarea>\
      <details><summary>Edit the action</summary><label for="action">The action as JSON</label><textarea id="action" name="action" rows="12" spellcheck="false">\(escape(action))</textarea></details>\
      <div class="keys"><button class="go" name="verb" value="approve" accesskey="a">Approve</button><button name="verb" value="edit" accesskey="e">Approve as edited</button>\
      <button name="verb" value="reject" accesskey="r">Reject</button><button name="verb" value="escalate" accesskey="x">Escalate</button></div></form>
      """
  }

  static func needed(_ quorum: JSON) -> String {
    if let group = quorum["group"]?.string {
      let count = quorum["count"]?.integer ?? 1
      return count == 1 ? "one of \(group)" : "\(count) of \(group)"
    }
    let branches = quorum["branches"]?.array ?? []
    let words = branches.map(needed)
    return quorum["of"]?.integer == Int64(branches.count) ? words.joined(separator: " and ") : words.joined(separator: " or ")
  }

  static func plain(_ json: JSON) -> String {
    if let amount = json["minor"]?.integer, let currency = json["currency"]?.string {
      let cents = String(amount.magnitude % 100 + 100).dropFirst()
      return "\(amount < 0 ? "-" : "")\(amount.magnitude / 100).\(cents) \(currency)"
    }
    return json.string ?? readable(json)
  }

  /// A value over several lines, without JSON's quotes.
  static func readable(_ json: JSON, depth: Int = 0) -> String {
    let margin = String(repeating: "  ", count: depth)
    switch json {
    case .object(let object):
      if json["minor"] != nil, json["currency"] != nil, object.count == 2 { return plain(json) }
      guard depth < 12 else { return json.text }
      return object.members.map { member in
        let nested = member.value.object != nil || member.value.array != nil
        return "\(margin)\(member.key):\(nested ? "\n" : " ")\(readable(member.value, depth: depth + 1))"
      }.joined(separator: "\n")
    case .array(let elements):
      guard depth < 12 else { return json.text }
      return elements.map { "\(margin)- \(readable($0, depth: depth + 1).drop { $0 == " " })" }.joined(separator: "\n")
    case .string(let text): return text
    default: return json.text
    }
  }
}

/// Two digits are enough for people.
func decimal(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e6 else { return "invalid" }
  let hundredths = Int((value * 100).rounded())
  return "\(hundredths / 100).\(String(hundredths % 100 + 100).dropFirst())"
}
