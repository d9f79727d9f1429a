/* check_dns.h - Could the clients use what DNS answers, and what would it open? */
#ifndef COMPILER_CHECK_DNS_H
#define COMPILER_CHECK_DNS_H

struct resolution;

/**
 * check_dns_private() - Does each name lead to its address at the private endpoint?
 *
 * Through privatelink.<suffix>, or at least into the subnet where the address is not
 * known.  Names the cause by what was seen: the chain, whose address it is, and how the
 * other names of the view fare; where records are missing, also what stands under names
 * that are often mistaken for the right one, which costs a few more questions.
 */
void check_dns_private(struct resolution *resolution);

/** check_dns_public() - Does each name lead to where its service can be? */
void check_dns_public(struct resolution *resolution);

/** check_dns_shared() - Which names would a rule by address open beside those allowed? */
void check_dns_shared(struct resolution *resolution);

#endif
