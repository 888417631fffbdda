import AsyncHTTPClient
import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import NIOHTTP1
import Testing
import Wire

@testable import countersign_reviewer

/// The pages of what audit says, and names under its reports.
@Suite struct OverviewPageTests {
  private static let digest = String(repeating: "ab", count: 32)

  /// Stands for audit.
  private static func audit(_ router: Router<BasicRequestContext>) {
    let figures: JSON = ["ended": 40, "open": 2, "seconds": ["total": 100.0, "queue": 60.0, "tiers": [50.0, 10.0]], "kpis": [
      ["kpi": "human_verification_rate", "n": 40, "status": "ok", "estimate": 0.9, "low": 0.77, "high": 0.96],
      ["kpi": "error_catch_rate", "n": 0, "status": "not enough data", "why": "no case was adjudicated", "estimate": .null, "low": .null, "high": .null],
      ["kpi": "latency_p95", "n": 40, "status": "ok", "estimate": 700.0, "low": .null, "high": .null, "unit": "s", "open": 2],
    ]]
    let workflow: JSON = [
      "workflow": "pay", "owner": "finance <lead>", "template": "B", "production_ready": false, "because": ["error_catch_rate: not enough data"],
      "criteria": [["criterion": "latency", "state": "met", "words": "all in time"]], "too_slow": true, "too_slow_because": ["3 cases were paged and nobody has taken them"],
      "promise": ["share": 0.95, "seconds": 600, "audit_completeness": 0.99, "window_days": 28],
      "budgets": [["budget": "people", "bad": 4, "n": 40, "share": 0.1, "low": 0.04, "high": 0.23, "left": -1.0]],
      "burn": [["budget": "people", "windows": ["1h": ["burn": 7.5, "bad": 3, "n": 8]], "alarms": ["page"]]], "alarms": ["slo/pay/people/page"],
      "figures": figures, "window": figures, "open": 2, "waiting": [2, 1, 0, 0], "untaken": 3,
    ]
    router.get("/v1/workflows") { _, _ in jsonResponse(["at": "2026-11-30T10:00:00Z", "ledger": 500, "workflows": [workflow]]) }
    router.get("/v1/reports/{kind}") { request, context in
      let kind = context.parameters.get("kind") ?? ""
      let day = request.uri.queryParameters["day"].map(String.init) ?? "2026-11-29"
      return jsonResponse([
        "report": .string("\(kind)/\(day)"), "kind": .string(kind), "from": .string(day), "to": .string(day), "ledger": 500, "digest": .string(digest),
        "complete": .bool(day != "2026-11-30"), "signatures": [], "workflows": [workflow],
      ])
    }
    router.get("/v1/kpis") { _, _ in
      var group = JSONObject(figures.object?.members.map { ($0.key, $0.value) } ?? [])
      group["group"] = ["day": "2026-11-29"]
      return jsonResponse(["groups": [.object(group)], "definitions": ["error_catch_rate": "Of all errors, those that were stopped."]])
    }
    router.get("/v1/comparisons") { request, _ in
      jsonResponse([
        "by": .string(request.uri.queryParameters["by"].map(String.init) ?? ""), "reference": ["value": "m/1", "ended": 30],
        "others": [["value": "m/2", "ended": 10, "shares": [["kpi": "override_rate", "now": 0.2, "n": 10, "before": 0.1, "n_before": 30, "low": -0.1, "high": 0.4, "verdict": "not enough data"]]]],
      ])
    }
  }

  private func withDesk(_ body: @escaping @Sendable (DeskHouse, HTTPClient) async throws -> Void) async throws {
    try await WebClient.with(connections: 4) { web in
      try await withServer({ Self.audit($0) }) { url in
        try await DeskHouse.open(audit: AuditDoor(url: url, web: web)) { house in
          try await Browser.with { client in try await body(house, client) }
        }
      }
    }
  }

  @Test func theOverviewSaysReadyAndTooSlowWithTheirBecause() async throws {
    try await withDesk { house, client in
      let text = try await house.signedIn(DeskFixture.ada, client).0.call(.GET, "/overview").text
      for part in ["/workflows/pay", "error_catch_rate: not enough data", "nobody has taken them", "waits for a name", "finance &lt;lead&gt;", "2 wait for people"] {
        #expect(text.contains(part), "\(part)")
      }
    }
  }

  @Test func aWorkflowsPageTellsItsChartsInWordsAndTablesToo() async throws {
    try await withDesk { house, client in
      let (browser, _) = house.signedIn(DeskFixture.ada, client)
      let text = try await browser.call(.GET, "/workflows/pay").text
      for part in ["role=\"img\"", "<title id=\"latency-title\">Latency, p95, by day</title>", "<desc id=\"latency-desc\">1 of 1 days", "As a table", "bar-over",
        "no case was adjudicated", "Of all errors", "waiting at tier 2", "1h 7.5", "slo/pay/people/page", "m/2: Override rate"] { #expect(text.contains(part), "\(part)") }
      #expect(!text.contains(" style="), "the page's policy allows no style in attributes")
      #expect(try await browser.call(.GET, "/workflows/none").text.contains("knows no budgets"))
    }
  }

  @Test func noMarkupOfItsOwnIsShownAsText() async throws {
    try await withDesk { house, client in
      let (browser, _) = house.signedIn(DeskFixture.lead, client)
      for page in ["/overview", "/workflows/pay", "/reports/daily"] {
        let text = try await browser.call(.GET, page).text
        for broken in ["&lt;b ", "&lt;a ", "=&quot;"] { #expect(!text.contains(broken), "\(page): \(broken)") }
      }
      #expect(try await browser.call(.GET, "/reports/daily").text.contains(#"<a href="/reports/daily" aria-current="page">"#))
    }
  }

  @Test func aLeadSignsWhatIsShownAndNothingElse() async throws {
    try await withDesk { house, client in
      let (browser, token) = house.signedIn(DeskFixture.lead, client)
      #expect(try await browser.call(.GET, "/reports/daily").text.contains("Sign what is shown"))
      func sign(_ day: String, _ digest: String) async throws -> Int { try await browser.call(.POST, "/reports/daily", body: "token=\(token)&day=\(day)&digest=\(digest)&words=seen").status }
      #expect(try await sign("2026-11-29", String(repeating: "cd", count: 32)) == 409)
      #expect(try await sign("2026-11-30", Self.digest) == 409)
      #expect(try await sign("2026-11-31", Self.digest) == 422)
      #expect(try await sign("2026-11-29", Self.digest) == 303)
      let open = try await browser.call(.GET, "/reports/daily?day=2026-11-30").text
      #expect(!open.contains("Sign what is shown"))
      let (ada, adasToken) = house.signedIn(DeskFixture.ada, client)
      let adas = try await ada.call(.GET, "/reports/daily").text
      #expect(!adas.contains("Sign what is shown"))
      #expect(try await ada.call(.POST, "/reports/daily", body: "token=\(adasToken)&day=2026-11-29&digest=\(Self.digest)").status == 403)
    }
  }
}
