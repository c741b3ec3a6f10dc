// tunnel PORT TLS WS: takes plain MQTT connections on a free port of loopback, which it prints, and carries each to PORT there over
// TLS (0, 1.2 or 1.3), WebSocket (0 or 1) or both: for load generators that speak plain TCP.
//
// As a client of its own would it sends one WebSocket frame a packet, and what it has to send in TLS records as large as they get.
// It checks no certificate and resumes no session, so that a connection is always a full handshake.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { READ = 64 << 10, HIGH = 256 << 10 };

typedef struct { uint8_t *p; size_t start, end, room; } Buffer;

typedef struct {
  int client, broker, isOver;
  SSL *ssl;
  Buffer raw;       // from the client, up to the last whole packet not framed yet
  Buffer toBroker;  // framed
  Buffer framed;    // from the broker, its last frame's head incomplete
  Buffer toClient;
  uint64_t inFrame; // bytes of the broker's frame still to come
  int isData;       // they are a message's, not a ping's
} Pair;

static int port, isWebSocket;
static SSL_CTX *context;

static void fail(const char *what) {
  fprintf(stderr, "tunnel: %s: %s\n", what, strerror(errno));
  ERR_print_errors_fp(stderr);
  exit(1);
}

// Buffers: an idle one owns nothing, so that thousands of connections fit.

static uint8_t *room(Buffer *b, size_t n) {
  if (b->start == b->end) b->start = b->end = 0;
  if (b->end + n > b->room && b->start) {
    memmove(b->p, b->p + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
  }
  if (b->end + n > b->room) {
    b->room = (b->end + n) * 2;
    if (!(b->p = realloc(b->p, b->room))) fail("realloc");
  }
  return b->p + b->end;
}
static size_t held(const Buffer *b) { return b->end - b->start; }
static void release(Buffer *b) {
  if (held(b)) return;
  free(b->p);
  *b = (Buffer){0};
}

// WebSocket

static void frame(Buffer *to, const uint8_t *bytes, size_t n) {
  static const uint8_t mask[4] = {0x5A, 0xC3, 0x96, 0x3C};
  uint8_t *out = room(to, n + 14);
  *out++ = 0x82;
  if (n < 126) {
    *out++ = 0x80 | n;
  } else if (n < 65536) {
    *out++ = 0x80 | 126, *out++ = n >> 8, *out++ = n;
  } else {
    *out++ = 0x80 | 127;
    for (int shift = 56; shift >= 0; shift -= 8) *out++ = (uint64_t)n >> shift;
  }
  memcpy(out, mask, 4), out += 4;
  for (size_t i = 0; i < n; i++) out[i] = bytes[i] ^ mask[i & 3];
  to->end = out + n - to->p;
}

// One frame for each whole MQTT packet.
static void framePackets(Buffer *raw, Buffer *to) {
  for (;;) {
    const uint8_t *p = raw->p + raw->start;
    size_t n = held(raw), length = 0, at = 1;
    do {
      if (at >= n || at > 4) return;
      length |= (size_t)(p[at] & 127) << (7 * (at - 1));
    } while (p[at++] & 128);
    if (n < at + length) return;
    frame(to, p, at + length);
    raw->start += at + length;
  }
}

// A broker masks nothing.
static void unframe(Pair *pair) {
  Buffer *in = &pair->framed;
  for (;;) {
    size_t n = held(in);
    const uint8_t *p = in->p + in->start;
    if (pair->inFrame) {
      size_t part = n < pair->inFrame ? n : pair->inFrame;
      if (!part) return;
      if (pair->isData) {
        memcpy(room(&pair->toClient, part), p, part);
        pair->toClient.end += part;
      }
      in->start += part, pair->inFrame -= part;
      continue;
    }
    if (n < 2) return;
    size_t head = 2 + (p[1] == 126 ? 2 : p[1] == 127 ? 8 : 0);
    if (n < head) return;
    uint64_t length = head == 2 ? p[1] : 0;
    for (size_t i = 2; i < head; i++) length = length << 8 | p[i];
    pair->inFrame = length, pair->isData = (p[0] & 8) == 0;
    in->start += head;
  }
}

// The broker's side. 0: not now; -1: over.

static ssize_t fromBroker(Pair *pair, void *bytes, size_t n) {
  if (!pair->ssl) {
    ssize_t got = recv(pair->broker, bytes, n, 0);
    return got > 0 ? got : got < 0 && errno == EAGAIN ? 0 : -1;
  }
  int got = SSL_read(pair->ssl, bytes, n);
  return got > 0 ? got : SSL_get_error(pair->ssl, got) == SSL_ERROR_WANT_READ ? 0 : -1;
}
static ssize_t intoBroker(Pair *pair, const void *bytes, size_t n) {
  if (!pair->ssl) {
    ssize_t sent = send(pair->broker, bytes, n, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN ? 0 : -1;
  }
  int sent = SSL_write(pair->ssl, bytes, n);
  return sent > 0 ? sent : SSL_get_error(pair->ssl, sent) == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void upgrade(Pair *pair) {
  static const char request[] =
      "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";
  if (intoBroker(pair, request, sizeof request - 1) != sizeof request - 1) fail("WebSocket request");
  char answer[2048];
  size_t n = 0;
  while (n < 4 || memcmp(answer + n - 4, "\r\n\r\n", 4)) {
    if (n == sizeof answer || fromBroker(pair, answer + n, 1) != 1) fail("WebSocket answer");
    n++;
  }
  if (n < 12 || memcmp(answer + 9, "101", 3)) errno = 0, fail("WebSocket refused");
}

// One connection after the other: what is measured begins when all are there.
static Pair *opened(int client) {
  Pair *pair = calloc(1, sizeof *pair);
  if (!pair) fail("calloc");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  pair->client = client;
  pair->broker = socket(AF_INET, SOCK_STREAM, 0);
  if (pair->broker < 0 || connect(pair->broker, (struct sockaddr *)&to, sizeof to)) fail("connect");
  int one = 1;
  setsockopt(pair->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(pair->broker, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (context) {
    pair->ssl = SSL_new(context);
    SSL_set_fd(pair->ssl, pair->broker);
    SSL_set_tlsext_host_name(pair->ssl, "localhost");
    if (SSL_connect(pair->ssl) != 1) fail("TLS handshake");
  }
  if (isWebSocket) upgrade(pair);
  int flags = 1;
  if (ioctl(pair->broker, FIONBIO, &flags) || ioctl(pair->client, FIONBIO, &flags)) fail("FIONBIO");
  return pair;
}

// Moves what can be moved, both ways, until nothing can.
static void carry(Pair *pair) {
  Buffer *plain = isWebSocket ? &pair->raw : &pair->toBroker, *frames = isWebSocket ? &pair->framed : &pair->toClient;
  for (int moved = 1; moved && !pair->isOver;) {
    moved = 0;
    if (held(&pair->toBroker) < HIGH) {
      ssize_t n = recv(pair->client, room(plain, READ), READ, 0);
      if (n > 0) plain->end += n, moved = 1;
      pair->isOver |= n == 0 || (n < 0 && errno != EAGAIN);
      if (isWebSocket) framePackets(&pair->raw, &pair->toBroker);
    }
    if (held(&pair->toBroker)) {
      ssize_t n = intoBroker(pair, pair->toBroker.p + pair->toBroker.start, held(&pair->toBroker));
      if (n > 0) pair->toBroker.start += n, moved = 1;
      pair->isOver |= n < 0;
    }
    if (held(&pair->toClient) < HIGH) {
      ssize_t n = fromBroker(pair, room(frames, READ), READ);
      if (n > 0) frames->end += n, moved = 1;
      pair->isOver |= n < 0;
      if (isWebSocket) unframe(pair);
    }
    if (held(&pair->toClient)) {
      ssize_t n = send(pair->client, pair->toClient.p + pair->toClient.start, held(&pair->toClient), MSG_NOSIGNAL);
      if (n > 0) pair->toClient.start += n, moved = 1;
      pair->isOver |= n < 0 && errno != EAGAIN;
    }
  }
  Buffer *all[] = {&pair->raw, &pair->toBroker, &pair->framed, &pair->toClient};
  for (int i = 0; i < 4; i++) {
    release(all[i]);
    if (pair->isOver) free(all[i]->p);
  }
}

int main(int count, char **words) {
  if (count != 4) {
    fputs("usage: tunnel PORT 0|1.2|1.3 0|1\n", stderr);
    return 64;
  }
  port = atoi(words[1]), isWebSocket = atoi(words[3]);
  if (strcmp(words[2], "0")) {
    int version = strcmp(words[2], "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (!(context = SSL_CTX_new(TLS_client_method()))) fail("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 4096) || getsockname(listener, (struct sockaddr *)&at, &size))
    fail("listen");
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  struct epoll_event events[256], one = {.events = EPOLLIN};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &one);
  for (;;) {
    int n = epoll_wait(poll, events, 256, -1);
    Pair *over[256];
    int overCount = 0;
    for (int i = 0; i < n; i++) {
      Pair *pair = events[i].data.ptr;
      if (!pair) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) fail("accept");
        pair = opened(client);
        // Edges are enough: each is followed until nothing moves.
        struct epoll_event both = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = pair};
        epoll_ctl(poll, EPOLL_CTL_ADD, pair->client, &both);
        epoll_ctl(poll, EPOLL_CTL_ADD, pair->broker, &both);
      }
      if (pair->isOver) continue;
      carry(pair);
      if (!pair->isOver) continue;
      close(pair->client), close(pair->broker);
      over[overCount++] = pair;  // freed after the batch, which may name it twice
    }
    for (int i = 0; i < overCount; i++) SSL_free(over[i]->ssl), free(over[i]);
  }
}
