#include "CRdKafka.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { null_length = 0xFFFFFFFF, short_limit = 0xFFFF };

cs_batch *cs_batch_new(void) { return calloc(1, sizeof(cs_batch)); }

static void forget_sources(cs_batch *batch) {
  for (size_t i = 0; i < batch->source_count; i++) free((char *)batch->topics[i]);
  free(batch->topics);
  free(batch->partitions);
  free(batch->out_of_range);
  free(batch->ended);
  batch->topics = NULL;
  batch->partitions = batch->out_of_range = batch->ended = NULL;
  batch->source_count = batch->out_of_range_count = batch->ended_count = 0;
  batch->last_source = 0;
}

void cs_batch_free(cs_batch *batch) {
  if (!batch) return;
  forget_sources(batch);
  free(batch->bytes);
  free(batch->records);
  free(batch);
}

int cs_batch_assign(cs_batch *batch, const rd_kafka_topic_partition_list_t *sources) {
  forget_sources(batch);
  size_t count = sources->cnt > 0 ? (size_t)sources->cnt : 0;
  if (count == 0) return 0;
  batch->topics = calloc(count, sizeof(*batch->topics));
  batch->partitions = calloc(count, sizeof(*batch->partitions));
  batch->out_of_range = calloc(count, sizeof(*batch->out_of_range));
  batch->ended = calloc(count, sizeof(*batch->ended));
  if (!batch->topics || !batch->partitions || !batch->out_of_range || !batch->ended) return -1;
  for (size_t i = 0; i < count; i++) {
    batch->topics[i] = strdup(sources->elems[i].topic);
    batch->partitions[i] = sources->elems[i].partition;
    batch->source_count = i + 1;
    if (!batch->topics[i]) return -1;
  }
  return 0;
}

static int is_source(const cs_batch *batch, size_t i, const char *topic, int32_t partition) {
  return batch->partitions[i] == partition && strcmp(batch->topics[i], topic) == 0;
}

/* Index of the source, or -1. */
static int32_t find_source(cs_batch *batch, const char *topic, int32_t partition) {
  if ((size_t)batch->last_source < batch->source_count &&
      is_source(batch, (size_t)batch->last_source, topic, partition))
    return batch->last_source;
  for (size_t i = 0; i < batch->source_count; i++)
    if (is_source(batch, i, topic, partition)) return batch->last_source = (int32_t)i;
  return -1;
}

static void note_error(cs_batch *batch, rd_kafka_resp_err_t error, const char *text) {
  if (batch->error) return;
  batch->error = error;
  strncpy(batch->error_text, text ? text : rd_kafka_err2str(error), sizeof(batch->error_text) - 1);
  batch->error_text[sizeof(batch->error_text) - 1] = 0;
}

/* Room for `more` bytes at the end. */
static int reserve(cs_batch *batch, size_t more) {
  if (batch->capacity - batch->length >= more) return 1;
  size_t capacity = batch->capacity ? batch->capacity * 2 : 1 << 16;
  while (capacity - batch->length < more) capacity *= 2;
  uint8_t *bytes = realloc(batch->bytes, capacity);
  if (!bytes) return 0;
  batch->bytes = bytes;
  batch->capacity = capacity;
  return 1;
}

static int reserve_record(cs_batch *batch) {
  if (batch->count < batch->record_capacity) return 1;
  size_t capacity = batch->record_capacity ? batch->record_capacity * 2 : 512;
  cs_record *records = realloc(batch->records, capacity * sizeof(*records));
  if (!records) return 0;
  batch->records = records;
  batch->record_capacity = capacity;
  return 1;
}

static uint8_t *put_short(uint8_t *at, size_t number) {
  at[0] = (uint8_t)number;
  at[1] = (uint8_t)(number >> 8);
  return at + 2;
}

static uint8_t *put_length(uint8_t *at, size_t number) {
  at[0] = (uint8_t)number;
  at[1] = (uint8_t)(number >> 8);
  at[2] = (uint8_t)(number >> 16);
  at[3] = (uint8_t)(number >> 24);
  return at + 4;
}

static uint8_t *put_field(uint8_t *at, const void *value, size_t length) {
  if (!value) return put_length(at, null_length);
  at = put_length(at, length);
  if (length) memcpy(at, value, length);
  return at + length;
}

/* Appends the headers and returns how many were appended, or -1 where memory ran out. */
static long append_headers(cs_batch *batch, const rd_kafka_headers_t *headers) {
  long count = 0;
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0; count < short_limit && !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
    size_t name_length = strlen(name);
    if (name_length > short_limit) continue;
    if (!value) size = 0;
    if (!reserve(batch, 2 + name_length + 4 + size)) return -1;
    uint8_t *at = put_short(batch->bytes + batch->length, name_length);
    memcpy(at, name, name_length);
    at = put_field(at + name_length, value, size);
    batch->length = (size_t)(at - batch->bytes);
    count++;
  }
  return count;
}

static int append_frame(cs_batch *batch, const rd_kafka_message_t *message) {
  size_t key = message->key ? message->key_len : 0, body = message->payload ? message->len : 0;
  size_t start = batch->length;
  if (!reserve(batch, 4 + 4 + key + 4 + body + 2)) return 0;
  uint8_t *at = put_field(batch->bytes + start + 4, message->key, key);
  at = put_field(at, message->payload, body);
  size_t count_at = (size_t)(at - batch->bytes);
  batch->length = count_at + 2;
  rd_kafka_headers_t *headers;
  long count = 0;
  if (!rd_kafka_message_headers(message, &headers)) count = append_headers(batch, headers);
  if (count < 0 || batch->length - start > INT_MAX) {
    batch->length = start;
    return 0;
  }
  put_short(batch->bytes + count_at, (size_t)count);
  put_length(batch->bytes + start, batch->length - start - 4);
  return 1;
}

static void take_message(cs_batch *batch, const rd_kafka_message_t *message) {
  int32_t source = find_source(batch, rd_kafka_topic_name(message->rkt), message->partition);
  if (source < 0) return;
  size_t start = batch->length;
  if (!reserve_record(batch) || !append_frame(batch, message)) {
    note_error(batch, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "no memory for a message");
    return;
  }
  rd_kafka_timestamp_type_t type;
  int64_t timestamp = rd_kafka_message_timestamp(message, &type);
  batch->records[batch->count++] = (cs_record){
      .offset = message->offset,
      .timestamp = timestamp > 0 ? timestamp : 0,
      .at = start,
      .length = batch->length - start,
      .source = source,
  };
}

/* Once for each source: both lists have room for as many. */
static void note_source(int32_t *list, size_t *count, int32_t source) {
  for (size_t i = 0; i < *count; i++)
    if (list[i] == source) return;
  list[(*count)++] = source;
}

/* Returns 1 where the caller has to hear of it now. */
static int take_error(cs_batch *batch, rd_kafka_event_t *event) {
  rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: {
      rd_kafka_topic_partition_t *where = rd_kafka_event_topic_partition(event);
      int32_t source = where ? find_source(batch, where->topic, where->partition) : -1;
      if (where) rd_kafka_topic_partition_destroy(where);
      if (source < 0) return 0;
      if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        note_source(batch->ended, &batch->ended_count, source);
      else
        note_source(batch->out_of_range, &batch->out_of_range_count, source);
      return 1;
    }
    /* The broker is away, moves or is busy: librdkafka tries on. */
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
      return 0;
    default:
      note_error(batch, error, rd_kafka_event_error_string(event));
      return 1;
  }
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cs_poll(rd_kafka_queue_t *queue, cs_batch *batch, size_t limit, size_t byte_limit, int wait_ms) {
  batch->length = batch->count = batch->out_of_range_count = batch->ended_count = 0;
  batch->error = RD_KAFKA_RESP_ERR_NO_ERROR;
  int64_t deadline = wait_ms > 0 ? now_ms() + wait_ms : 0;
  int wait = wait_ms > 0 ? wait_ms : 0;
  while (batch->count < limit && batch->length <= byte_limit && !batch->error) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, wait);
    if (!event) return;
    int heard = 0;
    switch (rd_kafka_event_type(event)) {
      case RD_KAFKA_EVENT_FETCH: {
        const rd_kafka_message_t *message;
        while ((message = rd_kafka_event_message_next(event))) take_message(batch, message);
        heard = 1;
        break;
      }
      case RD_KAFKA_EVENT_ERROR:
        heard = take_error(batch, event);
        break;
      default:
        break;
    }
    rd_kafka_event_destroy(event);
    if (heard) {
      wait = 0;
    } else if (wait > 0) {
      int64_t left = deadline - now_ms();
      wait = left > 0 ? (int)left : 0;
    }
  }
}
