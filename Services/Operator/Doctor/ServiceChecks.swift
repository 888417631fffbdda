import Foundation
import JSON
import Wire

extension DoctorCommand {
  /// More than this and times in stories and permits cannot be trusted.
  private static let clockSeconds = 5.0

  /// `/readyz` and the service's clock.
  func check(_ service: Service, at address: String) async -> [Check] {
    let name = service.rawValue
    let start = Date()
    let answer: WebClient.Answer
    do { answer = try await WebClient(address, tokenFile: nil).get("/readyz") } catch {
      return [.red(name, "no answer at \(address)", remedy: "Start countersign-\(name), or name its address with --service \(name)=URL.")]
    }
    guard let state = answer.json, let isReady = state["ready"]?.bool else {
      return [.red(name, "\(address) answers \(answer.status), but not as a service of ours", remedy: "Another program listens there; name the right address with --service \(name)=URL.")]
    }
    guard state["service"]?.string == name else {
      return [.red(name, "\(address) is \(state["service"]?.string ?? "unknown")", remedy: "Name the right address with --service \(name)=URL.")]
    }
    return [ready(name, state, isReady)] + [clock(name, answer.date, start)].compactMap { $0 }
  }

  private func ready(_ name: String, _ state: JSON, _ isReady: Bool) -> Check {
    let lanes = (state["lanes"]?.array ?? []).count
    let bytes = state["outbox_bytes"]?.integer ?? 0
    if isReady { return .green(name, "\(lanes) lanes, \(state["messages"]?.integer ?? 0) messages, \(bytes) bytes unsent") }
    if let (lane, reason) = (state["stopped"]?.object?.members ?? []).first.map({ ($0.key, $0.value.string ?? "") }) {
      return .red(name, "lane \(lane) stands still: \(reason)", remedy: "Find what is missing, or give it up by name as the text says.")
    }
    if let failure = state["failure"]?.string {
      return .red(name, failure, remedy: "Its log says more; database and broker are the usual causes.")
    }
    return .red(name, "it has no lanes yet", remedy: "Wait some seconds; another instance may hold them.")
  }

  private func clock(_ name: String, _ date: String?, _ start: Date) -> Check? {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date, let theirs = format.date(from: date) else { return nil }
    let difference = theirs.timeIntervalSince(start)
    guard abs(difference) > Self.clockSeconds else { return .green("\(name) clock", "within a second or two of ours") }
    return .red("\(name) clock", "\(Int(difference)) s from ours", remedy: "Synchronise the clocks of both machines (chrony, systemd-timesyncd).")
  }

  /// Is automation stopped anywhere?
  func checkStops(_ address: String) async -> [Check] {
    guard let state = try? await WebClient(address, tokenFile: nil).json("/v1/stops") else {
      return [.red("stop switch", "policy does not tell", remedy: "See policy above.")]
    }
    let stops = state["stops"]?.array ?? []
    if stops.isEmpty { return [.green("stop switch", "nothing is stopped")] }
    return stops.map { stop in
      let name = stop["workflow"]?.string == "*" ? "everything" : clean(stop["workflow"]?.string ?? "")
      let since = stop["at"]?.integer.map { Instant(microseconds: $0).description } ?? ""
      return .red(
        "stop switch", "\(name) is stopped since \(since) by \(clean(stop["by"]?.string ?? "")): \(clean(stop["reason"]?.string ?? ""))",
        remedy: "When the reason is gone, two people run countersign start.")
    }
  }

  /// Is every record in the ledger?
  func checkCompleteness(_ address: String) async -> Check {
    guard let state = try? await WebClient(address, tokenFile: nil).json("/v1/completeness") else {
      return .red("completeness", "audit does not tell", remedy: "See audit above.")
    }
    let found = "\(state["ledger"]?.integer ?? 0) records in the ledger, \(state["gaps"]?.integer ?? 0) given up, \(state["behind"]?.integer ?? 0) streams behind, \(state["foreign"]?.integer ?? 0) foreign"
    guard state["complete"]?.bool == true else {
      return .red("completeness", found, remedy: "GET \(address)/v1/completeness names the streams.")
    }
    return .green("completeness", found)
  }
}
