/* dnsmasq_import.c - From a configuration of dnsmasq to a rule set. */
#include "backends/dnsmasq/dnsmasq.h"

#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

int dnsmasq_refuse(struct dnsmasq_importer *importer, struct span at, const char *fmt,
		   ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	return diag_report(importer->diag, DIAG_DNSMASQ_REFUSED, at, "%s",
			   strbuf_text(&text));
}

int dnsmasq_import(const struct import_input *input, struct arena *arena,
		   struct ruleset **ret_rules, struct diag *diag)
{
	struct dnsmasq_importer importer = {
		.input = input,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
	};

	if (dnsmasq_read_file(&importer, &input->files[0], 0) < 0 ||
	    dnsmasq_follow_cnames(&importer) < 0)
		return -1;
	dnsmasq_read_hosts(&importer);
	dnsmasq_sort_domains(&importer);
	dnsmasq_make_answers(&importer);
	dnsmasq_make_questions(&importer);
	dnsmasq_make_sets(&importer);
	*ret_rules = importer.rules;
	return 0;
}

/* -- is it ours? ----------------------------------------------------------------------
 */

/* Enough to get past a licence in comments. */
#define SNIFF_BYTES 65536u

/* Options that only dnsmasq has, with what stands behind their "=". */
static const struct {
	const char *begin;
	int sure;
} signs[] = {
	{"host-record=", 90},  {"server=/", 90},	  {"local=/", 90},
	{"address=/", 90},     {"rebind-domain-ok=", 90}, {"nftset=/", 90},
	{"ipset=/", 90},       {"stop-dns-rebind", 80},	  {"bogus-priv", 80},
	{"domain-needed", 80}, {"no-resolv", 80},	  {"dhcp-range=", 80},
	{"conf-dir=", 80},     {"server=", 60},		  {"cname=", 60},
};

static int sniff_line(const char *line, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		size_t begin = strlen(signs[i].begin);

		if (length >= begin && memcmp(line, signs[i].begin, begin) == 0)
			return signs[i].sure;
	}
	return 0;
}

int dnsmasq_sniff(const char *text, size_t length)
{
	const char *end = text + (length < SNIFF_BYTES ? length : SNIFF_BYTES);
	int sure = 0;

	while (text < end) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));
		const char *stop = feed ? feed : end;
		int line = sniff_line(text, (size_t)(stop - text));

		if (line > sure)
			sure = line;
		text = stop + (stop < end);
	}
	return sure;
}
