import JSON

/// A schema of JSON Schema draft 2020-12, compiled. Immutable; use it from any thread.
public struct Schema: Sendable {
  /// Whether `format` is checked. A meta-schema with the vocabulary "format-assertion" has it checked in any case.
  public enum Formats: Sendable {
    /// As the draft says, `format` only informs.
    case annotate
    /// Checked: date-time, date, time, duration, email, hostname, ipv4, ipv6, uri, uri-reference, uuid, json-pointer,
    /// relative-json-pointer and regex. Another format is a mistake in the schema.
    case assert
  }

  private let program: Program

  /// Compiles a schema and all that it refers to.
  ///
  /// - Parameters:
  ///   - uri: where the schema comes from; its relative references start there unless it has an absolute `$id`.
  ///   - remotes: gives the document at a URI without fragment, nil if there is none. Called while compiling only. The
  ///     draft's own meta-schemas are known.
  /// - Throws: for any mistake in the schema, also where no reference leads; for references that lead nowhere or in a
  ///   circle; for patterns with look-around or back-references.
  public init(
    compiling schema: JSON, uri: String = "", formats: Formats = .annotate,
    remotes: @escaping (String) -> JSON? = { _ in Optional.none }
  ) throws(SchemaError) {
    let documents = SchemaDocuments(remotes: remotes)
    program = try SchemaCompiler(documents: documents, assertsFormats: formats == .assert).compile(schema, uri: uri)
  }

  /// Whether the instance fits. The fastest way, since it stops at the first violation.
  public func accepts(_ instance: JSON) -> Bool {
    var evaluator = Evaluator(program: program, root: instance, wanted: [])
    return evaluator.run(explaining: false)
  }

  /// All violations, though no more than 1,001; none if the instance fits.
  ///
  /// `anyOf`, `oneOf`, `not`, `if` and `contains` are one violation each, whatever happens inside of them. An instance
  /// that takes more than 512 nested subschemas or 2,000,000 steps does not fit.
  public func validate(_ instance: JSON) -> [Violation] { validate(instance, collecting: []).violations }

  /// The same, and where values lie that the schema marks by the keywords (which must begin with `x-`).
  ///
  /// A mark counts where its subschema applies to a value and the value fits it, on any path of evaluation (of `anyOf`
  /// all choices that fit); what `not` refuses and the names under `propertyNames` have none. Without violations only.
  public func validate(
    _ instance: JSON, collecting keywords: [String]
  ) -> (violations: [Violation], marks: [Mark]) {
    var evaluator = Evaluator(program: program, root: instance, wanted: keywords)
    let fits = evaluator.run(explaining: true)
    return (evaluator.violations, fits ? evaluator.marks : [])
  }
}
