import Crypto
import Foundation
import Host
import JSON
import Lanes
import NIOHTTP1
import Storage
import Wire

/// Sends the notices that tasks owe.
struct NoticeCaller: Caller {
  let channels: [String: Channel]
  let web: WebClient
  /// The newest state of a task.
  let task: @Sendable (String) throws -> ReviewTask?

  private static let mostBytes = 64 << 10
  private static let milliseconds = 15_000

  func begin(_ call: NoticeCall, key: String, end: @escaping @Sendable (Delivery) -> Void) {
    Task { end(await deliver(call.notice, key)) }
  }

  private func deliver(_ notice: Notice, _ key: String) async -> Delivery {
    guard let channel = channels[notice.channel] else { return .refused("no channel \(notice.channel) is configured (NOTIFY)") }
    let state: ReviewTask?
    do { state = try task(key) } catch { return .failed("the task cannot be read") }
    // Its end may have been put down since: then nobody is called any more.
    guard let state, state.notices.contains(where: { $0.id == notice.id }),
      notice.act == .resolved || notice.act.standsAlone || !state.notices.contains(where: { $0.channel == notice.channel && $0.act == .resolved })
    else { return .superseded }
    // An alert must not end before it has begun, or nothing would ever end it: it lies in its case's task until it has gone out.
    if notice.act == .glassResolved, let about = notice.event["case"]?.string {
      let before: ReviewTask?
      do { before = try task(about) } catch { return .failed("the task cannot be read") }
      let isOwed = before?.notices.contains { $0.act == .glass && $0.event["grant"] == notice.event["grant"] } ?? false
      guard !isOwed else { return .failed("the alert that it ends has not gone out yet") }
    }
    return await send(notice, key, state, channel)
  }

  private func send(_ notice: Notice, _ key: String, _ state: ReviewTask, _ channel: Channel) async -> Delivery {
    if !channel.isPrivate {
      guard let host = URL(string: channel.url)?.host, await PublicAddress.holds(host) else {
        return .failed("the address stands in a private network or is not known")
      }
    }
    return await post(notice, of: key, NoticeBody(notice: notice, workflow: state.workflow), channel)
  }

  private func post(_ notice: Notice, of key: String, _ body: NoticeBody, _ channel: Channel) async -> Delivery {
    let bytes: [UInt8]
    var headers: [(String, String)] = []
    switch channel.kind {
    case .slack: bytes = Array(body.slack.text.utf8)
    case .pagerDuty where notice.act == .noticed:
      return .refused("\(channel.name) pages people: whoever only hears of a case is not woken for it")
    case .pagerDuty(let key): bytes = Array(body.pagerDuty(routingKey: key).text.utf8)
    case .webhook(let secret):
      bytes = Array(body.webhook.text.utf8)
      headers = Self.signature(id: "\(key)/\(notice.id)", at: .now, bytes, secret)
    }
    do {
      let reply = try await web.call(channel.url, body: bytes, headers: headers, limit: Self.mostBytes, milliseconds: Self.milliseconds)
      switch reply.status {
      case 200...299: return .sent(status: reply.status)
      case 408, 425, 429, 500...599:
        // Seconds; a date is left to our own pace.
        return .failed("\(channel.name) answered \(reply.status)", after: reply.headers.first(name: "Retry-After").flatMap { Double($0) })
      default: return .refused("\(channel.name) answered \(reply.status)")
      }
    } catch { return .failed("\(channel.name) gave no answer (\(error))") }
  }

  /// Standard Webhooks 1.0: HMAC-SHA-256 over id, time and body; the id is the same at every try.
  static func signature(id: String, at time: Instant, _ body: [UInt8], _ key: [UInt8]) -> [(String, String)] {
    let seconds = String(time.unixSeconds)
    let signed = Data("\(id).\(seconds).".utf8) + Data(body)
    let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
    return [("webhook-id", id), ("webhook-timestamp", seconds), ("webhook-signature", "v1,\(Data(code).base64EncodedString())")]
  }
}
