/* notify.h - Telling the service manager how it goes (sd_notify(3)). */
#ifndef COMPILER_NOTIFY_H
#define COMPILER_NOTIFY_H

#include <stdint.h>

#include "rules/base/attr.h"

/** notify() - Send "READY=1", "WATCHDOG=1", "STATUS=…"; nothing where nobody listens */
void notify(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** notify_watchdog_ms() - How often to send WATCHDOG=1; 0: nobody waits for it */
uint64_t notify_watchdog_ms(void);

#endif
