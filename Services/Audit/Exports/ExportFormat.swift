import JSON
import Wire

/// In which form cases are exported.
enum ExportFormat: String, CaseIterable, Sendable {
  case jsonl, csv, ocsf

  var mediaType: String {
    switch self {
    case .jsonl: "application/jsonl; charset=utf-8"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .ocsf: "application/x-ndjson; charset=utf-8"
    }
  }

  /// What stands before the first case.
  var head: [UInt8] { self == .csv ? ExportCSV.head : [] }

  func line(_ row: CaseRow) -> [UInt8] {
    switch self {
    case .jsonl: exported(row).canonical + [0x0A]
    case .csv: ExportCSV.line(row)
    case .ocsf: ExportOCSF.event(row).canonical + [0x0A]
    }
  }
}
