import Foundation

/// What an operator reads when a command cannot go on: what is wrong, and what to do.
struct OperatorError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A text with everything that a terminal or a reader could be fooled by made visible.
func clean(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control where scalar == "\n" || scalar == "\t": result += " "
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "<U+\(String(scalar.value, radix: 16, uppercase: true))>"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// At most `count` characters, with a sign that there was more.
func short(_ text: String, _ count: Int = 160) -> String {
  text.count <= count ? text : text.prefix(count - 1) + "…"
}

func printLine(_ line: String = "") { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
