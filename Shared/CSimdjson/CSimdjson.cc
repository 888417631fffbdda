#include <simdjson.h>
#include <memory>
#include <new>

extern "C" {
#include "include/CSimdjson.h"
}

namespace {

// A parser keeps the memory of its largest document; above this it is let go when a small one follows.
constexpr size_t kept_capacity = 1 << 20;

csimdjson_status status_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::UTF8_ERROR: return CSIMDJSON_INVALID_UTF8;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_TOO_DEEP;
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE: return CSIMDJSON_BAD_NUMBER;
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY: return CSIMDJSON_NO_MEMORY;
    default: return CSIMDJSON_MALFORMED;
  }
}

}  // namespace

csimdjson_status csimdjson_parse(const uint8_t *bytes, size_t length, size_t depth, csimdjson_document *document) try {
  thread_local std::unique_ptr<simdjson::dom::parser> parser;
  if (!parser || (parser->capacity() > kept_capacity && length <= kept_capacity)) {
    parser = std::make_unique<simdjson::dom::parser>();
  }
  // simdjson counts the document itself as a level and refuses the level that reaches its bound.
  const size_t levels = depth + 2;
  if (parser->max_depth() != levels || parser->capacity() == 0) {
    auto error = parser->allocate(parser->capacity() ? parser->capacity() : 4096, levels);
    if (error) return status_of(error);
  }
  simdjson::dom::element root;
  auto error = parser->parse(bytes, length).get(root);
  if (error) return status_of(error);
  document->tape = parser->doc.tape.get();
  document->strings = parser->doc.string_buf.get();
  return CSIMDJSON_OK;
} catch (...) {
  return CSIMDJSON_NO_MEMORY;
}
