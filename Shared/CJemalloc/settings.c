#include "CJemalloc.h"

// One thread does nearly all the work: of more arenas each keeps pages of its own. What a batch gave back the next one takes
// again, so pages are kept for a minute instead of ten seconds.
const char *malloc_conf = "narenas:2,dirty_decay_ms:60000";
