/* Load generator and sink: writes CloudEvents (binary mode) to one topic, waits for what comes of them on another, and
 * prints throughput and latency as JSON.
 *
 *   cc -O2 -o load load.c -lrdkafka
 *   load [options] BOOTSTRAP INPUT OUTPUT
 *     -n COUNT     items to send (10000)
 *     -r RATE      items a second; 0 as fast as the window lets (0)
 *     -w WINDOW    at most so many sent and not seen at the output; 0 for no limit (10000). The embedded broker drops
 *                  the oldest of what a partition cannot hold, so it needs one
 *     -b FILE      body, in which @N@ stands for the item's number, 12 digits; about 1 KB of ticket by default
 *     -H NAME=VALUE  one more header (ce_type, ce_source, ce_workflow... have defaults); @N@ as in the body
 *     -P           plain: no headers and no key, as kcat sends a line
 *     -m NAME      the output's header by which it is matched: its value ends in the item's number (x-n)
 *     -c           counts output records without matching them; latencies then tell nothing
 *     -k NAME=VALUE  counts only output records with this header
 *     -q SECONDS   gives up after so long without progress (30); the exit code is then 1
 *     -X NAME=VALUE  a librdkafka property
 *
 * Latency is from just before the record is handed to librdkafka until it is read from the output; throughput from the
 * first item's send to the last match. An item that comes twice counts once. */
#include "chain.h"

#include <ctype.h>
#include <unistd.h>

enum { header_limit = 32, digits = 12 };

/* A text with the places where the number goes. */
typedef struct pattern {
  char *text;
  size_t length, places[16], place_count;
} pattern;

static pattern make_pattern(const char *from, size_t length) {
  pattern p = {malloc(length * 4 + 1), 0, {0}, 0};
  if (!p.text) die("memory", "none left");
  for (size_t i = 0; i < length;) {
    if (length - i >= 3 && memcmp(from + i, "@N@", 3) == 0 && p.place_count < 16) {
      p.places[p.place_count++] = p.length;
      memset(p.text + p.length, '0', digits);
      p.length += digits;
      i += 3;
    } else {
      p.text[p.length++] = from[i++];
    }
  }
  p.text[p.length] = 0;
  return p;
}

static void number(pattern *p, int64_t n) {
  char text[digits + 1];
  snprintf(text, sizeof(text), "%012lld", (long long)n);
  for (size_t i = 0; i < p->place_count; i++) memcpy(p->text + p->places[i], text, digits);
}

static const char *default_body =
    "{\"ticket\":\"T-@N@\",\"subject\":\"Invoice shows a charge that was refunded in "
    "March\",\"customer\":{\"tier\":\"business\",\"since\":\"2019-04-01\",\"region\":\"EU\"},\"messages\":[{\"fro"
    "m\":\"customer\",\"at\":\"2026-11-20T08:14:00Z\",\"text\":\"Hello, the invoice of this month again lists "
    "the add-on that we cancelled. You confirmed the refund on the phone. Please correct it before the payment "
    "run on Friday, our accounting closes the books "
    "then.\"},{\"from\":\"agent\",\"at\":\"2026-11-20T09:02:00Z\",\"text\":\"Thank you for writing. I can see "
    "the cancellation of the add-on on 12 March and a credit note that was made but not booked. I have asked "
    "billing to book it and will come back to "
    "you.\"},{\"from\":\"customer\",\"at\":\"2026-11-21T16:40:00Z\",\"text\":\"It is the third time that we have "
    "to ask. If it is not solved this week we will have to look at "
    "alternatives.\"}],\"products\":[\"billing\",\"add-on-reports\"],\"open_invoices\":2,\"amount_minor\":12900,"
    "\"currency\":\"EUR\"}";

static struct {
  int64_t count, rate, window, quiet;
  const char *match;
  char *only, *only_value;
  pattern body;
  char *names[header_limit];
  pattern values[header_limit];
  int headers, plain, count_only;
} want = {.count = 10000, .window = 10000, .quiet = 30, .match = "x-n"};

static void add_header(const char *pair) {
  char *name = strdup(pair), *sign = name ? strchr(name, '=') : NULL;
  if (!sign) die(pair, "not a header (-H NAME=VALUE)");
  *sign = 0;
  int i = 0;
  while (i < want.headers && strcmp(want.names[i], name) != 0) i++;
  if (i == header_limit) die(pair, "too many headers");
  if (i == want.headers) want.headers++;
  want.names[i] = name;
  want.values[i] = make_pattern(sign + 1, strlen(sign + 1));
}

static pattern read_body(const char *path) {
  static char bytes[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file) die(path, "cannot be read");
  size_t length = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  return make_pattern(bytes, length);
}

static void send_item(rd_kafka_t *producer, rd_kafka_topic_t *input, int32_t partitions, int64_t n) {
  rd_kafka_headers_t *headers = rd_kafka_headers_new((size_t)want.headers);
  for (int i = 0; i < want.headers && !want.plain; i++) {
    number(&want.values[i], n);
    rd_kafka_header_add(headers, want.names[i], -1, want.values[i].text, (ssize_t)want.values[i].length);
  }
  number(&want.body, n);
  char key[32];
  int key_length = want.plain ? 0 : snprintf(key, sizeof(key), "%012lld", (long long)n);
  rd_kafka_vu_t arguments[] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = input},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)(n % partitions)},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, (size_t)key_length}},
      {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {want.body.text, want.body.length}},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
  };
  rd_kafka_error_t *error = rd_kafka_produceva(producer, arguments, 6);
  if (error) die("produce", rd_kafka_error_string(error));
}

static int is_wanted(const rd_kafka_headers_t *headers) {
  const void *value;
  size_t size;
  if (!want.only) return 1;
  return rd_kafka_header_get_last(headers, want.only, &value, &size) == 0 && size == strlen(want.only_value) &&
         memcmp(value, want.only_value, size) == 0;
}

static void set_only(const char *pair) {
  char *name = strdup(pair), *sign = name ? strchr(name, '=') : NULL;
  if (!sign) die(pair, "not a header (-k NAME=VALUE)");
  *sign = 0;
  want.only = name;
  want.only_value = sign + 1;
}

/* The number at the end of the matching header's value, or -1. */
static int64_t item_of(const rd_kafka_message_t *message) {
  rd_kafka_headers_t *headers;
  const void *value;
  size_t size;
  if (rd_kafka_message_headers(message, &headers) || !is_wanted(headers) ||
      rd_kafka_header_get_last(headers, want.match, &value, &size) || !value)
    return -1;
  const char *text = value;
  size_t start = size;
  while (start > 0 && size - start < digits && isdigit((unsigned char)text[start - 1])) start--;
  int64_t n = 0;
  for (size_t i = start; i < size; i++) n = n * 10 + (text[i] - '0');
  return start < size && n < want.count ? n : -1;
}

static int ascending(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return x < y ? -1 : x > y;
}

static double percentile_ms(const int32_t *sorted, int64_t count, double part) {
  if (count == 0) return 0;
  int64_t at = (int64_t)(part * (double)count);
  return sorted[at < count ? at : count - 1] / 1000.0;
}

static void parse(int argc, char **argv) {
  want.body = make_pattern(default_body, strlen(default_body));
  add_header("ce_specversion=1.0");
  add_header("ce_id=load-@N@");
  add_header("ce_source=urn:countersign:load");
  add_header("ce_type=countersign.item.submitted.v1");
  add_header("ce_time=2026-11-24T06:00:00Z");
  add_header("ce_workflow=ticket-summary");
  add_header("content-type=application/json");
  add_header("x-n=@N@");
  int option;
  while ((option = getopt(argc, argv, "n:r:w:b:H:Pm:ck:q:X:")) != -1) switch (option) {
      case 'n': want.count = atoll(optarg); break;
      case 'r': want.rate = atoll(optarg); break;
      case 'w': want.window = atoll(optarg); break;
      case 'q': want.quiet = atoll(optarg); break;
      case 'b': want.body = read_body(optarg); break;
      case 'H': add_header(optarg); break;
      case 'P': want.plain = 1; break;
      case 'm': want.match = optarg; break;
      case 'c': want.count_only = 1; break;
      case 'k': set_only(optarg); break;
      case 'X': add_extra(optarg); break;
      default: exit(2);
    }
  if (argc - optind != 3) die("usage", "load [options] BOOTSTRAP INPUT OUTPUT (see load.c)");
  if (want.count < 1 || want.count > 100000000 || want.rate < 0 || want.window < 0) die("usage", "a number is wrong");
}

int main(int argc, char **argv) {
  parse(argc, argv);
  const char *bootstrap = argv[optind], *input = argv[optind + 1], *output = argv[optind + 2];
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, bootstrap), *producer = client(RD_KAFKA_PRODUCER, bootstrap);
  int32_t partitions = partition_count(consumer, input);
  rd_kafka_topic_t *target = rd_kafka_topic_new(producer, input, NULL);
  rd_kafka_queue_t *results = rd_kafka_queue_get_consumer(consumer), *reports = rd_kafka_queue_get_main(producer);
  assign_all(consumer, output, 1);

  int64_t *sent_at = calloc((size_t)want.count, sizeof(*sent_at));
  int32_t *latency = calloc((size_t)want.count, sizeof(*latency));
  if (!sent_at || !latency) die("memory", "none left");
  int64_t sent = 0, delivered = 0, seen = 0, repeated = 0, others = 0;
  int64_t start = now_us(), sending_ended = start, progress = start, last = start;
  while (seen < want.count && !stopping && now_us() - progress < want.quiet * 1000000) {
    int64_t due = want.rate > 0 ? (int64_t)((double)(now_us() - start) * (double)want.rate / 1e6) + 1 : want.count;
    if (want.window > 0 && due > seen + want.window) due = seen + want.window;
    if (due > want.count) due = want.count;
    for (int n = 0; sent < due && n < 500 && sent - delivered < 100000; n++, sent++) {
      sent_at[sent] = now_us();
      send_item(producer, target, partitions, sent);
      sending_ended = progress = sent_at[sent];
    }
    delivered += serve_deliveries(reports, 0);
    rd_kafka_event_t *event = rd_kafka_queue_poll(results, sent < due ? 0 : 1);
    for (int n = 0; event; event = ++n < 2000 ? rd_kafka_queue_poll(results, 0) : NULL) {
      const rd_kafka_message_t *message;
      if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) check_error(event);
      while (rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH && (message = rd_kafka_event_message_next(event))) {
        int64_t item = want.count_only && seen < sent ? seen : item_of(message);
        if (item < 0 || item >= sent) {
          others++;
        } else if (sent_at[item] < 0) {
          repeated++;
        } else {
          last = progress = now_us();
          latency[seen++] = (int32_t)(last - sent_at[item]);
          sent_at[item] = -1;
        }
      }
      rd_kafka_event_destroy(event);
    }
  }

  qsort(latency, (size_t)seen, sizeof(*latency), ascending);
  double seconds = (double)(last - start) / 1e6, sending = (double)(sending_ended - start) / 1e6;
  printf("{\"sent\":%lld,\"seen\":%lld,\"repeated\":%lld,\"others\":%lld,\"body_bytes\":%zu,\"seconds\":%.3f,"
         "\"per_second\":%.0f,\"sent_per_second\":%.0f,\"latency_ms\":{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,"
         "\"max\":%.2f}}\n",
         (long long)sent, (long long)seen, (long long)repeated, (long long)others, want.body.length, seconds,
         seconds > 0 ? (double)seen / seconds : 0, sending > 0 ? (double)sent / sending : 0,
         percentile_ms(latency, seen, 0.5), percentile_ms(latency, seen, 0.9), percentile_ms(latency, seen, 0.99),
         percentile_ms(latency, seen, 1));
  rd_kafka_queue_destroy(results);
  rd_kafka_queue_destroy(reports);
  rd_kafka_topic_destroy(target);
  rd_kafka_destroy(producer);
  rd_kafka_destroy(consumer);
  return seen == want.count ? 0 : 1;
}
