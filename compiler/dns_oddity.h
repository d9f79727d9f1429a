/* dns_oddity.h - What is unusual about a server's answers that are right. */
#ifndef COMPILER_DNS_ODDITY_H
#define COMPILER_DNS_ODDITY_H

struct resolution;

/** dns_oddities_report() - Warn, once a server and kind (dns_oddities.def) */
void dns_oddities_report(struct resolution *resolution);

#endif
