#define _GNU_SOURCE /* accept4 */
#include "CRdKafka.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { connection_limit = 256, chunk = 16384 };

/* Bytes read from one side that the other has not taken yet. */
typedef struct flow {
  size_t from, to;
  uint8_t bytes[chunk];
} flow;

/* side[0] is the client, side[1] the target; flows[i] comes from side[i]. */
typedef struct connection {
  int side[2];
  flow flows[2];
} connection;

struct cs_forwarder {
  int listener, stopping;
  uint16_t port, target;
  pthread_t thread;
  connection *connections[connection_limit];
  size_t count;
};

static struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void hang_up(cs_forwarder *forwarder, size_t i) {
  connection *c = forwarder->connections[i];
  close(c->side[0]);
  close(c->side[1]);
  free(c);
  forwarder->connections[i] = forwarder->connections[--forwarder->count];
}

static void take_up(cs_forwarder *forwarder) {
  int client = accept4(forwarder->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  struct sockaddr_in address = loopback(forwarder->target);
  int one = 1, target = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connection *c = forwarder->count < connection_limit ? calloc(1, sizeof(*c)) : NULL;
  if (!c || target < 0 ||
      (connect(target, (struct sockaddr *)&address, sizeof(address)) < 0 && errno != EINPROGRESS)) {
    close(client);
    if (target >= 0) close(target);
    free(c);
    return;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  c->side[0] = client;
  c->side[1] = target;
  forwarder->connections[forwarder->count++] = c;
}

static int would_block(ssize_t n) { return n < 0 && (errno == EAGAIN || errno == EINTR); }

/* Returns 0 where the connection is over. */
static int pump(connection *c, int side, short ready, short other_ready) {
  flow *f = &c->flows[side];
  if (f->from == f->to && ready & (POLLIN | POLLHUP | POLLERR)) {
    ssize_t n = recv(c->side[side], f->bytes, chunk, 0);
    if (n == 0 || (n < 0 && !would_block(n))) return 0;
    f->from = 0;
    f->to = n > 0 ? (size_t)n : 0;
    other_ready |= POLLOUT;
  }
  if (f->from < f->to && other_ready & (POLLOUT | POLLHUP | POLLERR)) {
    ssize_t n = send(c->side[!side], f->bytes + f->from, f->to - f->from, MSG_NOSIGNAL);
    if (n < 0 && !would_block(n)) return 0;
    if (n > 0) f->from += (size_t)n;
  }
  return 1;
}

static short interest(const connection *c, int side) {
  const flow *in = &c->flows[side], *out = &c->flows[!side];
  return (short)((in->from == in->to ? POLLIN : 0) | (out->from < out->to ? POLLOUT : 0));
}

static void *run(void *argument) {
  cs_forwarder *forwarder = argument;
  struct pollfd watched[2 + 2 * connection_limit];
  for (;;) {
    size_t count = forwarder->count;
    watched[0] = (struct pollfd){.fd = forwarder->stopping, .events = POLLIN};
    watched[1] = (struct pollfd){.fd = forwarder->listener, .events = POLLIN};
    for (size_t i = 0; i < 2 * count; i++) {
      connection *c = forwarder->connections[i / 2];
      watched[2 + i] = (struct pollfd){.fd = c->side[i % 2], .events = interest(c, (int)(i % 2))};
    }
    if (poll(watched, 2 + 2 * count, -1) < 0) continue;
    if (watched[0].revents) break;
    /* From the last to the first: hanging up moves the last one into the gap. */
    for (size_t i = count; i-- > 0;) {
      short client = watched[2 + 2 * i].revents, target = watched[3 + 2 * i].revents;
      if (!pump(forwarder->connections[i], 0, client, target) || !pump(forwarder->connections[i], 1, target, client))
        hang_up(forwarder, i);
    }
    if (watched[1].revents) take_up(forwarder);
  }
  while (forwarder->count > 0) hang_up(forwarder, 0);
  return NULL;
}

static int listen_on(uint16_t port, uint16_t *actual) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  struct sockaddr_in address = loopback(port);
  socklen_t length = sizeof(address);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 64) ||
      getsockname(listener, (struct sockaddr *)&address, &length)) {
    int error = errno;
    close(listener);
    errno = error;
    return -1;
  }
  *actual = ntohs(address.sin_port);
  return listener;
}

cs_forwarder *cs_forwarder_start(uint16_t port, uint16_t target) {
  cs_forwarder *forwarder = calloc(1, sizeof(*forwarder));
  if (!forwarder) return NULL;
  forwarder->target = target;
  forwarder->listener = listen_on(port, &forwarder->port);
  forwarder->stopping = forwarder->listener < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
  int error = errno;
  if (forwarder->stopping >= 0 && (error = pthread_create(&forwarder->thread, NULL, run, forwarder)) == 0)
    return forwarder;
  if (forwarder->listener >= 0) close(forwarder->listener);
  if (forwarder->stopping >= 0) close(forwarder->stopping);
  free(forwarder);
  errno = error;
  return NULL;
}

uint16_t cs_forwarder_port(const cs_forwarder *forwarder) { return forwarder->port; }

void cs_forwarder_stop(cs_forwarder *forwarder) {
  uint64_t one = 1;
  while (write(forwarder->stopping, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
  pthread_join(forwarder->thread, NULL);
  close(forwarder->listener);
  close(forwarder->stopping);
  free(forwarder);
}
