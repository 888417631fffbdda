import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// An alert as a record on `<service>.heads`.
  func say(_ alert: LaneAlert, _ work: inout Work<D>) {
    var body = JSONWriter()
    body.object { writer in
      writer.member("code", alert.code.rawValue)
      writer.member("lane", Int(alert.lane))
      writer.member("text", String(alert.text.prefix(500)))
      writer.member("instance", config.instance)
    }
    mechanism("countersign.alert.raised.v1", alert.lane, body.finish(), [(.reasons, alert.code.rawValue)], &work)
  }

  /// How far each stream of a lane is, every so often, so that a loss at the end of a stream shows too.
  func sayHeads(_ work: inout Work<D>) {
    for (lane, own) in lanes.sorted(by: { $0.key < $1.key }) where own.nextHeads <= work.wall {
      work.saidHeads.append(lane)
      let streams = work.numbers.filter { $0.key.lane == lane && $0.key.topic != orderStream }
      var body = JSONWriter()
      body.object { writer in
        writer.member("lane", Int(lane))
        writer.member("instance", config.instance)
        writer.member("epoch", own.epoch)
        writer.member("history", own.history)
        writer.key("streams")
        writer.object { writer in
          for (stream, given) in streams.sorted(by: { $0.key.topic < $1.key.topic }) {
            writer.member(stream.topic, given.number)
          }
        }
      }
      mechanism("countersign.heads.v1", lane, body.finish(), [], &work)
    }
  }

  private func mechanism(
    _ type: String, _ lane: Int32, _ body: [UInt8], _ facts: [(Fact, String)], _ work: inout Work<D>
  ) {
    guard lanes[lane] != nil else { return }
    let draft = Draft(
      topic: D.service.heads, lane: lane, type: type, key: "lane-\(lane)", subject: nil, facts: facts, body: body)
    work.append(draft, cause: .mechanism, trace: nil, service: D.service, seal: seal)
  }

  /// Stops a lane: nothing is read in it until a person has looked.
  func halt(_ lane: Int32, _ code: LaneAlert.Code, _ text: String, _ work: inout Work<D>) {
    work.halted[lane] = text
    work.alerts.append(LaneAlert(code: code, lane: lane, text: text))
  }

  /// A person gives records up that are lost for good; the stream goes on after them.
  func processLoss(_ loss: Loss, _ ticket: Ticket<Void>, _ work: inout Work<D>) {
    let source = TopicPartition(loss.topic, loss.partition)
    guard var position = work.positions[source], lanes[position.lane] != nil else {
      return work.hearers.append { ticket.end(.failure(.failed("\(source) is not read by this instance"))) }
    }
    guard loss.from == position.mark.number + 1, loss.to >= loss.from else {
      let text = "\(source) stands at number \(position.mark.number): the loss must begin at the next one"
      return work.hearers.append { ticket.end(.failure(.failed(text))) }
    }
    position.mark.number = loss.to
    work.positions[source] = position
    work.changedPositions.insert(source)
    work.touched.insert(position.lane)
    work.alerts.append(
      LaneAlert(
        code: .lossAccepted, lane: position.lane,
        text: "\(source) \(loss.from)-\(loss.to) given up by \(loss.person): \(loss.reason)"))
    work.losses.append(position.lane)
    work.hearers.append { ticket.end(.success(())) }
  }
}
