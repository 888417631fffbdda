#ifndef CJEMALLOC_H
#define CJEMALLOC_H
// jemalloc's settings for the process that links this (jemalloc(3), "TUNING").
extern const char *malloc_conf;
#endif
