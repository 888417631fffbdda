#include "CRdKafka.h"

#include <stdlib.h>
#include <string.h>

/* A row on its way; the opaque of each of its messages. */
struct cs_row {
  cs_report report;
  size_t records, bytes; /* taken over and without an answer; taken over */
  int complete;          /* no further record follows */
  cs_row *next, *previous;
};

cs_producer *cs_producer_new(rd_kafka_t *rk) {
  cs_producer *producer = calloc(1, sizeof(*producer));
  if (!producer) return NULL;
  producer->rk = rk;
  producer->queue = rd_kafka_queue_get_main(rk);
  return producer;
}

void cs_producer_close(cs_producer *producer) {
  rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  rd_kafka_queue_destroy(producer->queue);
}

void cs_producer_free(cs_producer *producer) {
  if (!producer) return;
  while (producer->rows) {
    cs_row *row = producer->rows;
    producer->rows = row->next;
    free(row);
  }
  free(producer->reports);
  free(producer);
}

static int spent(cs_producer *producer, rd_kafka_resp_err_t error, const char *text) {
  if (!producer->error) {
    producer->error = error;
    strncpy(producer->error_text, text, sizeof(producer->error_text) - 1);
  }
  return -1;
}

/* A row whose records have all been answered moves from `rows` to `reports`, for which room was made in cs_produce. */
static void settle(cs_producer *producer, cs_row *row) {
  if (row->records > 0 || !row->complete) return;
  if (row->previous) row->previous->next = row->next;
  if (row->next) row->next->previous = row->previous;
  if (producer->rows == row) producer->rows = row->next;
  producer->row_count--;
  producer->waiting_bytes -= row->bytes;
  if (row->report.error) row->report.last_offset = -1;
  producer->reports[producer->report_count++] = row->report;
  free(row);
}

/* Room for the reports that are there, those of all rows on their way, and one more. */
static int reserve_report(cs_producer *producer) {
  size_t needed = producer->report_count + producer->row_count + 1;
  if (needed <= producer->report_capacity) return 1;
  cs_report *reports = realloc(producer->reports, needed * 2 * sizeof(*reports));
  if (!reports) return 0;
  producer->reports = reports;
  producer->report_capacity = needed * 2;
  return 1;
}

/* Reads forward through the bytes of a row; `bad` once it would leave them. */
typedef struct cursor {
  const uint8_t *at, *end;
  int bad;
} cursor;

static const uint8_t *take(cursor *c, size_t length) {
  if (c->bad || (size_t)(c->end - c->at) < length) {
    c->bad = 1;
    return NULL;
  }
  const uint8_t *from = c->at;
  c->at += length;
  return from;
}

static size_t take_short(cursor *c) {
  const uint8_t *b = take(c, 2);
  return b ? (size_t)b[0] | (size_t)b[1] << 8 : 0;
}

static uint32_t take_length(cursor *c) {
  const uint8_t *b = take(c, 4);
  return b ? (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24 : 0;
}

/* Null gives NULL and 0; an empty value keeps a pointer, which is how librdkafka tells them apart. */
static const uint8_t *take_field(cursor *c, size_t *length) {
  uint32_t size = take_length(c);
  *length = size == 0xFFFFFFFF ? 0 : size;
  return size == 0xFFFFFFFF ? NULL : take(c, size);
}

static rd_kafka_headers_t *take_headers(cursor *c) {
  size_t count = take_short(c);
  if (count == 0 || c->bad) return NULL;
  rd_kafka_headers_t *headers = rd_kafka_headers_new(count);
  for (size_t i = 0; i < count; i++) {
    size_t name_length = take_short(c), length;
    const uint8_t *name = take(c, name_length);
    const uint8_t *value = take_field(c, &length);
    if (c->bad) break;
    rd_kafka_header_add(headers, (const char *)name, (ssize_t)name_length, value, (ssize_t)length);
  }
  return headers;
}

/* Sends the frame at the cursor. Returns 0, or -1 with the producer spent. */
static int produce_frame(cs_producer *producer, rd_kafka_topic_t *topic, int32_t partition, cursor *row_bytes,
                         cs_row *row) {
  size_t length = take_length(row_bytes);
  cursor c = {row_bytes->at, NULL, 0};
  if (!take(row_bytes, length)) return spent(producer, RD_KAFKA_RESP_ERR__BAD_MSG, "a row that is not whole frames");
  c.end = c.at + length;
  size_t key_length, body_length;
  const uint8_t *key = take_field(&c, &key_length), *body = take_field(&c, &body_length);
  rd_kafka_headers_t *headers = take_headers(&c);
  if (c.bad || c.at != c.end) {
    if (headers) rd_kafka_headers_destroy(headers);
    return spent(producer, RD_KAFKA_RESP_ERR__BAD_MSG, "a row that is not whole frames");
  }
  rd_kafka_vu_t arguments[7] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
      {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = row},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)key, key_length}},
      {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)body, body_length}},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
  };
  rd_kafka_error_t *error = rd_kafka_produceva(producer->rk, arguments, headers ? 7 : 6);
  if (error) {
    if (headers) rd_kafka_headers_destroy(headers);
    spent(producer, rd_kafka_error_code(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return -1;
  }
  row->records++;
  producer->waiting_records++;
  return 0;
}

int cs_produce(cs_producer *producer, rd_kafka_topic_t *topic, int32_t partition, const uint8_t *frames, size_t length,
               int64_t id) {
  if (producer->error) return -1;
  cs_row *row = reserve_report(producer) ? calloc(1, sizeof(*row)) : NULL;
  if (!row) return spent(producer, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "no memory for a row");
  row->report = (cs_report){.id = id, .last_offset = -1};
  row->bytes = length;
  row->next = producer->rows;
  if (row->next) row->next->previous = row;
  producer->rows = row;
  producer->row_count++;
  producer->waiting_bytes += length;
  cursor c = {frames, frames + length, 0};
  int result = 0;
  while (c.at < c.end && result == 0) result = produce_frame(producer, topic, partition, &c, row);
  if (result) row->report.error = producer->error;
  row->complete = 1;
  settle(producer, row);
  return result;
}

static void take_deliveries(cs_producer *producer, rd_kafka_event_t *event) {
  const rd_kafka_message_t *message;
  while ((message = rd_kafka_event_message_next(event))) {
    cs_row *row = message->_private;
    producer->waiting_records--;
    row->records--;
    if (message->err) {
      if (!row->report.error) row->report.error = message->err;
      spent(producer, message->err, rd_kafka_err2str(message->err));
    } else if (message->offset > row->report.last_offset) {
      row->report.last_offset = message->offset;
    }
    settle(producer, row);
  }
}

void cs_reports(cs_producer *producer) {
  rd_kafka_event_t *event;
  while ((event = rd_kafka_queue_poll(producer->queue, 0))) {
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
      take_deliveries(producer, event);
    else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR && rd_kafka_event_error_is_fatal(event))
      spent(producer, rd_kafka_event_error(event), rd_kafka_event_error_string(event));
    rd_kafka_event_destroy(event);
  }
}
