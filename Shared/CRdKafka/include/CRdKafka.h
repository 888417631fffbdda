/* The three loops of the bus that must not run a message at a time through Swift: draining a consumer, producing a row,
 * summing its delivery reports. Everything else is librdkafka's own API, called from Swift.
 *
 * Frames are laid out as `Shared/Wire/Frame.swift` says. */
#ifndef COUNTERSIGN_CRDKAFKA_H
#define COUNTERSIGN_CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stddef.h>
#include <stdint.h>

/* One message of a batch. */
typedef struct cs_record {
  int64_t offset;
  int64_t timestamp; /* milliseconds since 1970, 0 where the broker gave none */
  size_t at;         /* where its frame begins in `bytes` */
  size_t length;
  int32_t source; /* index into the sources of cs_batch_assign */
} cs_record;

/* What a poll brought, and the memory for the next one. Grows to the largest poll and stays there. */
typedef struct cs_batch {
  uint8_t *bytes;
  size_t length;
  cs_record *records;
  size_t count;
  int32_t *out_of_range; /* indexes of sources that cannot be read on */
  size_t out_of_range_count;
  int32_t *ended; /* indexes of sources read to their end, where enable.partition.eof is set */
  size_t ended_count;
  rd_kafka_resp_err_t error; /* the first error that concerns the caller, or 0; the messages before it count */
  char error_text[512];

  size_t capacity, record_capacity, source_count;
  const char **topics; /* owned; one for each source */
  int32_t *partitions;
  int32_t last_source; /* of the last message: messages come in runs of one partition */
} cs_batch;

/* NULL where memory ran out. */
cs_batch *cs_batch_new(void);
void cs_batch_free(cs_batch *batch);

/* Names what the next polls will bring. Returns 0, or -1 where memory ran out. */
int cs_batch_assign(cs_batch *batch, const rd_kafka_topic_partition_list_t *sources);

/* Waits up to `wait_ms` for the first event of a consumer's queue and takes what is there then, up to `limit` messages
 * and until their frames cross `byte_limit`. rd_kafka_queue_yield ends the wait. Errors that mend by themselves (a
 * broker that is away) are passed over.
 *
 * Of a message with more than 65,535 headers the first 65,535 are kept, and a header whose name is longer than 65,535
 * bytes is left out: a frame cannot hold them. */
void cs_poll(rd_kafka_queue_t *queue, cs_batch *batch, size_t limit, size_t byte_limit, int wait_ms);

/* What became of a row. */
typedef struct cs_report {
  int64_t id;
  int64_t last_offset; /* -1 where unknown */
  rd_kafka_resp_err_t error;
} cs_report;

typedef struct cs_row cs_row;

typedef struct cs_producer {
  rd_kafka_t *rk;
  rd_kafka_queue_t *queue;
  size_t waiting_records, waiting_bytes; /* taken over and not reported yet */
  cs_report *reports;
  size_t report_count;
  rd_kafka_resp_err_t error; /* set once the producer is spent */
  char error_text[512];

  size_t report_capacity, row_count;
  cs_row *rows; /* not reported yet */
} cs_producer;

/* `rk` has DR and ERROR events enabled and stays the caller's. NULL where memory ran out. */
cs_producer *cs_producer_new(rd_kafka_t *rk);

/* To be called before the caller destroys `rk`, and nothing else afterwards but cs_producer_free. Records that wait are
 * purged. */
void cs_producer_close(cs_producer *producer);

/* To be called after `rk` was destroyed. */
void cs_producer_free(cs_producer *producer);

/* Hands the frames of one row to librdkafka, which copies them. The partition must exist (librdkafka 2.0.2 is not safe
 * otherwise).
 *
 * Returns 0, or -1 and sets `error`: the producer is spent. What was taken over of the row before is still sent. */
int cs_produce(cs_producer *producer, rd_kafka_topic_t *topic, int32_t partition, const uint8_t *frames, size_t length,
               int64_t row);

/* Adds to `reports` the rows whose records have all been answered; the caller sets `report_count` to 0 when it has read
 * them. Sets `error` where the producer met an error that ends it. */
void cs_reports(cs_producer *producer);

/* Listens on 127.0.0.1:`port` (0 takes a free one) and passes what arrives on to 127.0.0.1:`target` and back, from a
 * thread of its own; at most 256 connections at a time. NULL with errno set where it cannot listen. */
typedef struct cs_forwarder cs_forwarder;
cs_forwarder *cs_forwarder_start(uint16_t port, uint16_t target);
uint16_t cs_forwarder_port(const cs_forwarder *forwarder);
/* Closes all connections and returns when the thread has ended. */
void cs_forwarder_stop(cs_forwarder *forwarder);

#endif
