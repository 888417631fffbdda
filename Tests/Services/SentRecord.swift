import JSON
import Lanes
import Wire

/// The record as it is read back from what was written.
func sent<Record: ServiceRecord>(_ record: Record) throws -> Record {
  var body = JSONWriter()
  record.write(&body)
  var writer = FrameWriter()
  writer.begin(key: record.key.utf8, body: body.finish())
  writer.header("ce_subject", record.key)
  writer.end()
  return try Record.read(type: record.type, topic: record.topic, frame: Frame(writer.bytes[...]))
}
