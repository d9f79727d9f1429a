/* confine_calls.h - The system calls that a process may still make. */
#ifndef COMPILER_CONFINE_CALLS_H
#define COMPILER_CONFINE_CALLS_H

#include <stdbool.h>

/** confine_calls() - Allow the calls of watch's steady state; false: nothing changed */
bool confine_calls(void);

#endif
