#ifndef CPOSTGRES_H
#define CPOSTGRES_H
// libpq, wherever the system keeps its header (Debian: a folder of its own).
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#elif __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#error "libpq-fe.h not found: install libpq-dev"
#endif

// Drops notices instead of printing them on standard error.
void cpostgres_drop_notices(PGconn *_Nonnull connection);
#endif
