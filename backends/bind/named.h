/* named.h - The bind back end: its functions. */
#ifndef BACKENDS_BIND_NAMED_H
#define BACKENDS_BIND_NAMED_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** named_sniff() - How sure are we that @text is a named.conf or a zone file: 0 to 100 */
int named_sniff(const char *text, size_t length);

/**
 * named_import() - Read the configuration of BIND's named, or a zone file alone
 *
 * files[0] is named.conf, or what it includes; the rest are included files and zone
 * files.  The path "answer" (backends/answer.h) is always there; the path "question" is
 * when the text sends questions to servers that it names.  Each has one stage, "named".
 *
 * The id of a record stands in a comment "; postern:ID" behind it, that of a zone of
 * type forward in a comment "// postern:ID" inside or behind it.
 *
 * What decides and cannot be known is an unknown: zones that are transferred from
 * elsewhere or whose files are not among those given, response policies, views that go
 * by who asks.
 *
 * Return: 0, or -1 where named-checkconf or named-checkzone would refuse the text
 */
int named_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag);

#endif
