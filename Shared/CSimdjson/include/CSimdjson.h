#ifndef CSIMDJSON_H
#define CSIMDJSON_H
#include <stddef.h>
#include <stdint.h>
// simdjson's DOM parser for Swift: one document in, its flat tape out.
//
// A tape word holds its kind in the top 8 bits (an ASCII letter) and a payload in the other 56:
//   r           the first word; payload: index just past the last word
//   { [         lower 32 bits of the payload: index just past the closing word; next 24: count, saturated
//   } ]         closing words
//   "           payload: place in `strings` of a uint32_t length (this machine's byte order) and as many bytes
//   l u d       the next word is an int64_t, uint64_t or double
//   t f n       true, false, null
// An object's members are a " word and a value, one after the other.

typedef enum {
  CSIMDJSON_OK,
  CSIMDJSON_MALFORMED,
  CSIMDJSON_INVALID_UTF8,
  CSIMDJSON_TOO_DEEP,
  // A malformed number or one that no int64_t, uint64_t or finite double holds.
  CSIMDJSON_BAD_NUMBER,
  CSIMDJSON_NO_MEMORY,
} csimdjson_status;

typedef struct {
  const uint64_t *_Nullable tape;
  const uint8_t *_Nullable strings;
} csimdjson_document;

// Parses exactly one JSON text that fills all of `bytes`; strings come unescaped. Arrays and objects may nest about
// `depth` deep (the caller checks the exact bound on the tape). Each thread has one parser that is used again: the
// document stays valid until the thread's next call. On any status but CSIMDJSON_OK the document is left alone.
csimdjson_status csimdjson_parse(
  const uint8_t *_Nonnull bytes, size_t length, size_t depth, csimdjson_document *_Nonnull document);
#endif
