/* One hop of a bare chain: reads every partition of a topic and writes each record, unchanged, to the partition of the
 * same number of another topic. No state, no parsing: what the product's hops are measured against.
 *
 *   cc -O2 -o relay relay.c -lrdkafka
 *   relay [-X NAME=VALUE]... BOOTSTRAP FROM TO        until SIGTERM or SIGINT; then prints what it relayed as JSON
 *
 * On the embedded broker add -X max.in.flight=1 (to the product, too, the bus sets it there). */
#include "chain.h"

#include <unistd.h>

static void relay(rd_kafka_t *producer, rd_kafka_queue_t *reports, rd_kafka_topic_t *to,
                  const rd_kafka_message_t *message) {
  rd_kafka_headers_t *headers = NULL;
  /* Moves the parsed list over, so that nothing is copied. */
  rd_kafka_message_detach_headers((rd_kafka_message_t *)message, &headers);
  rd_kafka_vu_t arguments[] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = to},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
      {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {message->payload, message->len}},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
  };
  rd_kafka_error_t *error;
  while ((error = rd_kafka_produceva(producer, arguments, headers ? 6 : 5))) {
    if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    serve_deliveries(reports, 10);
  }
}

int main(int argc, char **argv) {
  int option;
  while ((option = getopt(argc, argv, "X:")) != -1) {
    if (option != 'X') return 2;
    add_extra(optarg);
  }
  if (argc - optind != 3) die("usage", "relay [-X NAME=VALUE]... BOOTSTRAP FROM TO");
  const char *bootstrap = argv[optind], *from = argv[optind + 1], *to = argv[optind + 2];
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, bootstrap), *producer = client(RD_KAFKA_PRODUCER, bootstrap);
  if (partition_count(consumer, from) > partition_count(consumer, to)) die(to, "has fewer partitions");
  rd_kafka_topic_t *target = rd_kafka_topic_new(producer, to, NULL);
  rd_kafka_queue_t *input = rd_kafka_queue_get_consumer(consumer), *reports = rd_kafka_queue_get_main(producer);
  assign_all(consumer, from, 0);
  int64_t relayed = 0, delivered = 0;
  while (!stopping) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(input, 5);
    for (int n = 0; event; event = ++n < 4000 ? rd_kafka_queue_poll(input, 0) : NULL) {
      const rd_kafka_message_t *message;
      if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) check_error(event);
      while (rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH && (message = rd_kafka_event_message_next(event))) {
        relay(producer, reports, target, message);
        relayed++;
      }
      rd_kafka_event_destroy(event);
    }
    delivered += serve_deliveries(reports, 0);
  }
  for (int64_t end = now_us() + 5000000; now_us() < end && rd_kafka_outq_len(producer) > 0;)
    delivered += serve_deliveries(reports, 50);
  printf("{\"relayed\":%lld,\"delivered\":%lld}\n", (long long)relayed, (long long)delivered);
  rd_kafka_queue_destroy(input);
  rd_kafka_queue_destroy(reports);
  rd_kafka_topic_destroy(target);
  rd_kafka_destroy(producer);
  rd_kafka_destroy(consumer);
  return 0;
}
