import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Serves a witness until it is told to stop: `POST /add-checkpoint`, and `GET /checkpoint?log=NAME`, the last one that it cosigned.
func serve(_ witness: WitnessDesk, host: String, port: Int) async throws {
  let router = Router()
  router.post("/add-checkpoint") { request, _ -> Response in
    guard let body = try? await request.body.collect(upTo: 131_072) else { return plain(.init(status: 413, type: "text/plain", body: "")) }
    do { return plain(try witness.add(Array(body.readableBytesView), at: UInt64(Date().timeIntervalSince1970))) } catch {
      printLine("\(error)")
      return plain(.init(status: 500, type: "text/plain", body: "this witness cannot cosign now\n"))
    }
  }
  router.get("/checkpoint") { request, _ -> Response in
    guard let log = request.uri.queryParameters["log"], let note = try witness.seen(String(log)) else {
      return plain(.init(status: 404, type: "text/plain", body: "no checkpoint of this log was cosigned\n"))
    }
    return plain(.init(status: 200, type: "text/plain; charset=utf-8", body: note))
  }
  var logger = Logger(label: "witness")
  logger.logLevel = .error
  try await Application(router: router, configuration: .init(address: .hostname(host, port: port), serverName: "countersign-witness"), logger: logger)
    .runService()
}

private func plain(_ answer: WitnessDesk.Answer) -> Response {
  Response(
    status: .init(code: answer.status), headers: [.contentType: answer.type, .cacheControl: "no-store"],
    body: .init(byteBuffer: ByteBuffer(string: answer.body)))
}
