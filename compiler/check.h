/* check.h - Judging a spec: limits and conflicts between its parts. */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

struct arena;
struct diag;
struct spec;

/**
 * check_spec() - Report everything that is wrong between the parts of a spec
 *
 * Works on whatever was understood: a spec with errors too.  Settles what only the whole
 * says: the registries' data endpoints.
 */
void check_spec(struct spec *spec, struct arena *arena, struct diag *diag);

/**
 * check_overlaps() - Warn of addresses that several clients have
 *
 * Rules only open, so such an address may do what either client may.  That is often
 * meant, so only "postern check" says it.
 */
void check_overlaps(const struct spec *spec, struct arena *arena, struct diag *diag);

/* check_registry.c, check_private.c, check_client.c, check_output.c */
void check_registries(struct spec *spec, struct diag *diag);
void check_private_endpoints(const struct spec *spec, struct arena *arena,
			     struct diag *diag);
void check_clients(const struct spec *spec, struct arena *arena, struct diag *diag);
void check_outputs(const struct spec *spec, struct diag *diag);

#endif
