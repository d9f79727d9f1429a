/* undo.h - Who puts the old rules back when nobody confirms the new ones. */
#ifndef COMPILER_UNDO_H
#define COMPILER_UNDO_H

#include <stddef.h>

#include "compiler/state.h"

/**
 * DOC: The undo
 *
 * Rules that lock out their owner also end the session that applied them.  So the undo
 * does not wait in the asking process: where systemd runs, a transient timer holds it;
 * elsewhere a process of its own session, and of a control group of its own where one can
 * be made.  It is armed before anything is changed.  It knows the directory of the record
 * and a token; when its time has come and the record still names the token, it brings
 * back what is applied there.
 */

/**
 * undo_arm() - Arm it; state->token and state->deadline are set, and not saved
 *
 * Return: 0, or -1 with apply-undo
 */
int undo_arm(struct state *state, size_t seconds);

/** undo_leave() - At the end of the process that waited: remove its control group */
void undo_leave(const char *token);

/** undo_token() - A name that no other undo has */
const char *undo_token(struct arena *arena);

#endif
