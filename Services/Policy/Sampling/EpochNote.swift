import JSON
import Wire

/// What a lane says of its epochs, on `verdicts` before and after the cases that they draw.
enum EpochNote {
  case opened(EpochOpened)
  case added(StratumAdded)
  case disclosed(EpochDisclosed)

  var type: String {
    switch self {
    case .opened: EpochOpened.type
    case .added: StratumAdded.type
    case .disclosed: EpochDisclosed.type
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .opened(let body): body.write(&writer)
    case .added(let body): body.write(&writer)
    case .disclosed(let body): body.write(&writer)
    }
  }
}
