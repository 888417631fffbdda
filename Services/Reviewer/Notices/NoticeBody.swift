import JSON
import Wire

/// A notice as its receiver wants it. Reasons, impact, deadline and owner, and a link; never content of the case.
struct NoticeBody {
  let notice: Notice
  let workflow: String

  private func text(_ name: String) -> String { notice.event[name]?.string ?? "" }

  /// PagerDuty Events API v2: one alert from its trigger to its end under `dedup_key`.
  func pagerDuty(routingKey: String) -> JSON {
    let action = switch notice.act {
    case .raised, .noticed, .glass: "trigger"
    case .acknowledged: "acknowledge"
    case .resolved, .glassResolved: "resolve"
    }
    var body = JSONObject([
      ("routing_key", .string(routingKey)), ("event_action", .string(action)), ("dedup_key", .string(text("dedup_key"))),
      ("client", "Countersign"),
    ])
    guard notice.act == .raised || notice.act == .glass else { return .object(body) }
    body["client_url"] = .string(text("link"))
    body["links"] = [["href": .string(text("link")), "text": "Open the case"]]
    body["payload"] = [
      "summary": .string(summary), "source": .string("countersign/\(workflow)"), "severity": .string(severity),
      "timestamp": .string(text("due_at").isEmpty ? text("opened_at") : text("due_at")), "component": .string(workflow),
      "group": .string(text("group")), "class": .string((notice.event["reasons"]?.array ?? []).first?.string ?? "review"),
      "custom_details": details,
    ]
    return .object(body)
  }

  /// Slack's incoming webhook. Names are escaped as Slack asks, so that none becomes a link or a mention.
  var slack: JSON {
    let link = "<\(escaped(text("link")))|Open the case>"
    let words = switch notice.act {
    case .raised: "*\(escaped(summary))*\nWaits for \(escaped(text("group"))), \(escaped(text("state"))). Owner: \(escaped(owner)). Decide by \(escaped(deadline)). \(link)"
    case .noticed: "*\(escaped(summary))*\nFor your information. Owner: \(escaped(owner)). Decide by \(escaped(deadline)). \(link)"
    case .glass: "*\(escaped(summary))*\nUntil \(escaped(text("until"))). Why: \(escaped(text("text"))). Another person looks at it within 24 hours. \(link)"
    case .glassResolved: "*\(escaped(summary))*\n\(link)"
    case .acknowledged: "Somebody has taken case \(escaped(text("case")))."
    case .resolved: "Case \(escaped(text("case"))) needs nobody any more (\(escaped(text("reason"))))."
    }
    return ["text": .string(words), "unfurl_links": false]
  }

  /// Of our own: the escalation, and what happened to it.
  var webhook: JSON {
    ["type": .string("countersign.escalation.\(notice.act.rawValue).v1"), "workflow": .string(workflow), "data": notice.event]
  }

  private var owner: String { text("owner").isEmpty ? text("accountable") : text("owner") }
  private var deadline: String { text("next_at").isEmpty ? text("deadline") : text("next_at") }

  private var summary: String {
    let late = notice.event["late_by"]?.double ?? 0
    let again = notice.event["pages"]?.integer ?? 0
    return text("summary") + (late >= 1 ? ", \(Int(late)) s late" : "") + (again > 0 ? ", paged again (\(again))" : "")
  }

  private var severity: String {
    if notice.act == .glass { return "critical" }
    return switch text("risk") {
    case "critical": "critical"
    case "high": "error"
    case "medium": "warning"
    default: "info"
    }
  }

  private var details: JSON {
    let names = ["case", "tier", "tiers", "group", "owner", "accountable", "queue", "route", "risk", "reasons", "state", "holder", "opened_at", "due_at", "late_by", "next_at", "next_group", "deadline", "approvals", "version", "person", "name", "ticket", "until", "text"]
    return .object(JSONObject(names.compactMap { name in notice.event[name].map { (name, $0) } }))
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
