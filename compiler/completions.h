/* completions.h - Completion scripts for shells, made from the tables. */
#ifndef COMPILER_COMPLETIONS_H
#define COMPILER_COMPLETIONS_H

#include "rules/base/strbuf.h"

void completions_bash(struct strbuf *out);
void completions_zsh(struct strbuf *out);
void completions_fish(struct strbuf *out);

#endif
