/// What somebody wants with a task, as far as it matters for whether they may.
enum Part: Sendable, Equatable {
  case see
  case comment
  case undo
  /// Whatever only those do who are asked.
  case handle
  /// Whatever only those do who lead them.
  case lead
}

extension Command {
  var part: Part {
    switch self {
    case .view, .openSource, .recall: .see
    case .comment: .comment
    case .undo, .lapse: .undo
    case .assign, .takeBack: .lead
    case .reveal, .claim, .acknowledge, .extend, .release, .decide, .hold, .handOver, .help, .skip, .ask, .breakGlass: .handle
    }
  }
}
