/* check.c - Judging a spec: limits and conflicts between its parts. */
#include "compiler/check.h"

#include "compiler/spec.h"

/* The order is that of causes: what is wrong with a registry shows again in its private
 * endpoints and clients, and only the first of it helps. */
void check_spec(struct spec *spec, struct arena *arena, struct diag *diag)
{
	check_registries(spec, diag);
	check_private_endpoints(spec, arena, diag);
	check_clients(spec, arena, diag);
	check_outputs(spec, diag);
}
