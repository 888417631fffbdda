/* What relay.c and load.c share: options, clients with the product's settings, partitions. */
#ifndef CHAIN_H
#define CHAIN_H

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stopping = 0;

static void stop(int signal_number) {
  (void)signal_number;
  stopping = 1;
}

static void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Properties from -X NAME=VALUE, which go before the defaults. */
enum { extra_limit = 64 };
static char *extra_names[extra_limit], *extra_values[extra_limit];
static int extra_count = 0;

static void add_extra(const char *pair) {
  char *name = strdup(pair), *sign = name ? strchr(name, '=') : NULL;
  if (!sign || extra_count == extra_limit) die(pair, "not a property (-X NAME=VALUE, at most 64)");
  *sign = 0;
  extra_names[extra_count] = name;
  extra_values[extra_count++] = sign + 1;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK) die(name, error);
}

/* Whatever ends the run is an error that a caller sees; what mends by itself is not worth a line. */
static void ignore_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
  (void)rk;
  if (level <= 3 && strcmp(facility, "FAIL") != 0 && strcmp(facility, "ERROR") != 0)
    fprintf(stderr, "%s %s\n", facility, text);
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *bootstrap) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  char error[512];
  set(conf, "bootstrap.servers", bootstrap);
  set(conf, "socket.nagle.disable", "true");
  if (type == RD_KAFKA_CONSUMER) {
    set(conf, "group.id", "countersign.bench");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "error");
    set(conf, "allow.auto.create.topics", "false");
    set(conf, "queued.min.messages", "100000");
    set(conf, "fetch.wait.max.ms", "20"); /* as the bus; the embedded broker answers an idle fetch only then */
  } else {
    set(conf, "acks", "all");
    set(conf, "enable.idempotence", "true");
    set(conf, "message.timeout.ms", "0");
    set(conf, "linger.ms", "1");
    set(conf, "compression.codec", "lz4");
    set(conf, "queue.buffering.max.messages", "200000");
  }
  for (int i = 0; i < extra_count; i++) set(conf, extra_names[i], extra_values[i]);
  rd_kafka_conf_set_log_cb(conf, ignore_log);
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof(error));
  if (!rk) die("Kafka client", error);
  if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(rk);
  return rk;
}

static int32_t partition_count(rd_kafka_t *consumer, const char *topic) {
  rd_kafka_topic_t *asked = rd_kafka_topic_new(consumer, topic, NULL);
  const struct rd_kafka_metadata *answer;
  rd_kafka_resp_err_t error = rd_kafka_metadata(consumer, 0, asked, &answer, 10000);
  if (error) die(topic, rd_kafka_err2str(error));
  if (answer->topic_cnt != 1 || answer->topics[0].err) die(topic, "no such topic");
  int32_t count = answer->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(answer);
  rd_kafka_topic_destroy(asked);
  return count;
}

/* Reads all partitions, from their first record or from their end on. */
static void assign_all(rd_kafka_t *consumer, const char *topic, int from_end) {
  int32_t count = partition_count(consumer, topic);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
  for (int32_t i = 0; i < count; i++) {
    int64_t low, high;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(consumer, topic, i, &low, &high, 10000);
    if (error) die(topic, rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_add(list, topic, i)->offset = from_end ? high : low;
  }
  rd_kafka_resp_err_t error = rd_kafka_assign(consumer, list);
  if (error) die(topic, rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_destroy(list);
}

/* Ends the run at an error that would falsify it: lost records, a refused delivery. Returns how many were delivered. */
static int64_t take_deliveries(rd_kafka_event_t *event) {
  int64_t count = 0;
  const rd_kafka_message_t *message;
  while ((message = rd_kafka_event_message_next(event))) {
    if (message->err) die("delivery", rd_kafka_err2str(message->err));
    count++;
  }
  return count;
}

static void check_error(rd_kafka_event_t *event) {
  rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || rd_kafka_event_error_is_fatal(event))
    die("Kafka", rd_kafka_event_error_string(event));
}

static int64_t serve_deliveries(rd_kafka_queue_t *queue, int wait_ms) {
  int64_t count = 0;
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, wait_ms);
  for (; event; event = rd_kafka_queue_poll(queue, 0)) {
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR) count += take_deliveries(event);
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) check_error(event);
    rd_kafka_event_destroy(event);
  }
  return count;
}

#endif
