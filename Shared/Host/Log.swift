import Foundation
import JSON
import Logging
import Wire

/// Writes log lines as JSON to standard error: time, level, service, message and the metadata.
///
/// Payloads never go into a log; case ids do, under the key `case`.
struct JSONLogHandler: LogHandler {
  let label: String
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = JSONWriter(reserving: 256)
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    line.object { writer in
      writer.member("time", Instant.now.description)
      writer.member("level", event.level.rawValue)
      writer.member("service", label)
      writer.member("message", event.message.description)
      for (key, value) in all.sorted(by: { $0.key < $1.key }) { writer.member(key, value.description) }
    }
    FileHandle.standardError.write(Data(line.finish() + [0x0A]))
  }
}
