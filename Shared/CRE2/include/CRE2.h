#ifndef CRE2_H
#define CRE2_H
#include <stdbool.h>
#include <stddef.h>
// RE2 for Swift: regular expressions in time linear in the text, so that no pattern from a file can stall a service.

typedef struct cre2_pattern cre2_pattern;

// Compiles a pattern of UTF-8 bytes. On failure returns NULL and writes a message, cut to `size` bytes with its final 0.
cre2_pattern *_Nullable cre2_compile(const char *_Nonnull pattern, size_t length, char *_Nonnull error, size_t size);
void cre2_free(cre2_pattern *_Nonnull pattern);
// Whether the pattern matches anywhere in the text.
bool cre2_search(const cre2_pattern *_Nonnull pattern, const char *_Nonnull text, size_t length);
#endif
