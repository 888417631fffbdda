import HTTPTypes
import Host
import Hummingbird
import JSON
import Wire

extension Edge {
  /// `POST /v1/items` and `GET /v1/items/{source}/{id}`.
  func addItemRoutes(_ router: Router<BasicRequestContext>) {
    router.post("/v1/items") { request, _ in
      let source = try source(of: request)
      let body = try await request.bytes(upTo: decider.reader.limit)
      let type = (request.headers[.contentType] ?? "").lowercased()
      guard !type.hasPrefix("application/cloudevents-batch") else {
        throw Problem(.unsupportedMediaType, "type", "One item a request was expected.")
      }
      return try await submit(
        Result { () throws(Rejection) in try read(request.headers, type, body[...]) }, from: source
      ).response()
    }
    router.get("/v1/items/:source/:id") { request, context in
      let source = try source(of: request)
      let item = context.parameters.get("id").flatMap { String(validating: percentDecoded($0.utf8), as: UTF8.self) }
      guard context.parameters.get("source") == source.name, let item else {
        throw Problem(.forbidden, "source.forbidden", "A source may ask for its own items only.")
      }
      let claimKey = decider.door.hashes.claimKey(source: source.name, item: item)
      return try await road.perform("ask/\(source.name)/\(item)") { _ in
        .ask(source: source.name, item: item, claimKey: claimKey)
      }.response()
    }
  }

  /// The three forms of the HTTP protocol binding of CloudEvents 1.0, and plain JSON.
  private func read(_ headers: HTTPFields, _ type: String, _ body: ArraySlice<UInt8>) throws(Rejection) -> Envelope {
    guard !type.hasPrefix("application/cloudevents"),
      headers.contains(where: { $0.name.canonicalName.hasPrefix("ce-") })
    else {
      return try decider.reader.structured(body)
    }
    var attributes = Attributes()
    for field in headers {
      // Values are percent-encoded where they hold anything but visible ASCII.
      let value = ArraySlice(percentDecoded(field.value.utf8))
      switch field.name.canonicalName {
      case "ce-specversion": attributes.version = value
      case "ce-id": attributes.id = value
      case "ce-source": attributes.source = value
      case "ce-type": attributes.type = value
      case "ce-workflow": attributes.workflow = value
      case "ce-time": attributes.time = value
      default: break
      }
    }
    return try decider.reader.binary(attributes, body)
  }
}

/// Bytes with each `%XX` replaced by the byte that it stands for. Anything else stays.
func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8] {
  let bytes = Array(text)
  var decoded: [UInt8] = []
  decoded.reserveCapacity(bytes.count)
  var at = 0
  while at < bytes.count {
    if bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count, let high = digit(bytes[at + 1]),
      let low = digit(bytes[at + 2])
    {
      decoded.append(high << 4 | low)
      at += 3
    } else {
      decoded.append(bytes[at])
      at += 1
    }
  }
  return decoded
}

private func digit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}
