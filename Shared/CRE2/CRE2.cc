#include <re2/re2.h>
#include <cstring>
#include <new>

extern "C" {
#include "include/CRE2.h"
}

struct cre2_pattern {
  re2::RE2 re;
  explicit cre2_pattern(re2::StringPiece source, const re2::RE2::Options &options) : re(source, options) {}
};

static re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

cre2_pattern *cre2_compile(const char *source, size_t length, char *error, size_t size) {
  auto *made = new (std::nothrow) cre2_pattern(re2::StringPiece(source, length), options());
  if (made && made->re.ok()) return made;
  if (size) {
    strncpy(error, made ? made->re.error().c_str() : "out of memory", size - 1);
    error[size - 1] = 0;
  }
  delete made;
  return nullptr;
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

bool cre2_search(const cre2_pattern *pattern, const char *text, size_t length) {
  return re2::RE2::PartialMatch(re2::StringPiece(text, length), pattern->re);
}
