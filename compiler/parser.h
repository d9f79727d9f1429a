/* parser.h - What the parts of the parser share; only parse*.c include it. */
#ifndef COMPILER_PARSER_H
#define COMPILER_PARSER_H

#include "compiler/names.h"
#include "compiler/parse.h"
#include "compiler/schema.h"

/* Longest word of the user's that a message quotes. */
#define QUOTE "'%.80s'"

struct parser {
	const struct parse_options *options;
	const char *spec_path;
	struct names registries, clients, private_endpoints, outputs;
	struct names proxy_lacks; /* registries of which the proxy has no endpoint */
	size_t use_count;	  /* clients' registries, outputs' clients */
	bool unresolved; /* a part could not be read: what refers to it is not judged */
	struct arena *arena;
	struct spec *spec;
	struct diag *diag;
};

/**
 * struct fields - The values of one mapping, by key
 *
 * @value is NULL where a key is not written or what it holds is of the wrong kind;
 * @key_at.source is 0 where it is not written.
 */
struct fields {
	const struct doc *doc;
	enum schema_mapping mapping;
	const struct doc *value[SCHEMA_KEY_COUNT];
	struct span key_at[SCHEMA_KEY_COUNT];
};

/**
 * parse_fields() - Sort a mapping's values by key
 *
 * Reports keys that are unknown, missing or there twice and values of the wrong kind.
 * @backend: its options are known keys too; or NULL
 *
 * Return: false when @doc is no mapping; @ret_fields is then empty
 */
bool parse_fields(struct parser *parser, const struct doc *doc,
		  enum schema_mapping mapping, const struct backend *backend,
		  struct fields *ret_fields);

/** list_count(), list_item() - A list, or one scalar as a list of one */
size_t list_count(const struct doc *list);
const struct doc *list_item(const struct doc *list, size_t index);

/* parse_values.c: scalars.  Each reports what is wrong and then returns false. */
bool parse_word(struct parser *parser, const struct doc *doc, const char *const *words,
		enum diag_code code, size_t *ret_index);
bool parse_number(struct parser *parser, const struct doc *doc, unsigned long first,
		  unsigned long last, enum diag_code code, unsigned long *ret_number);
bool parse_prefix(struct parser *parser, const struct doc *doc,
		  struct prefix *ret_prefix);
bool parse_address(struct parser *parser, const struct doc *doc, struct addr *ret_addr);
bool parse_ports(struct parser *parser, const struct doc *doc, struct range *ret_range);
bool parse_date(struct parser *parser, const struct doc *doc, struct word *ret_word);
bool parse_text(struct parser *parser, const struct doc *doc, size_t limit,
		struct word *ret_word);
bool parse_name(struct parser *parser, const struct doc *doc, struct word *ret_word);
bool parse_host(struct parser *parser, const struct doc *doc, struct word *ret_word);
bool parse_region(struct parser *parser, const struct doc *doc,
		  struct region_ref *ret_region);

/** host_name_is_valid() - Labels of letters, digits and dashes, at most 253 bytes */
bool host_name_is_valid(const char *text);

/** region_make() - A region of a text that was read elsewhere: no suggestions, no reports
 */
bool region_make(struct word word, struct arena *arena, struct region_ref *ret_region);

/* The values of a mapping's keys; what is not written or wrong leaves the fallback. */
size_t field_word(struct parser *parser, const struct fields *fields, enum schema_key key,
		  size_t otherwise);
bool field_boolean(struct parser *parser, const struct fields *fields,
		   enum schema_key key);

/** field_words() - Bits of the words listed, 0 when none is; reports what stands twice */
unsigned field_words(struct parser *parser, const struct fields *fields,
		     enum schema_key key);

/** field_prefixes() - The set of the prefixes listed; false when nothing is written */
bool field_prefixes(struct parser *parser, const struct fields *fields,
		    enum schema_key key, struct addr_set *ret_set);

/** field_at() - Where a key's value stands, or where its mapping does */
struct span field_at(const struct fields *fields, enum schema_key key);

/** field_is_written() - Is the key there, whatever it holds? */
bool field_is_written(const struct fields *fields, enum schema_key key);

/** parser_define() - Enter a name into a table; reports duplicate-name */
bool parser_define(struct parser *parser, struct names *names, const struct word *name,
		   const char *what, void *thing);

/** parser_refer() - What a name stands for; reports unknown-reference and returns NULL */
void *parser_refer(struct parser *parser, const struct names *names,
		   const struct doc *doc, const char *what);

/** parser_list() - The elements of a list of mappings; reports past @limit */
size_t parser_list(struct parser *parser, const struct fields *fields,
		   enum schema_key key, size_t limit);

/* One a mapping. */
void parse_registry(struct parser *parser, const struct doc *doc);
void parse_private_endpoints(struct parser *parser, struct registry *registry,
			     const struct fields *fields);
void parse_proxy(struct parser *parser, const struct doc *doc);
void parse_client(struct parser *parser, const struct doc *doc);
void parse_output(struct parser *parser, const struct doc *doc);

/** parse_implied_output() - The output of options->implied, unless the spec has one */
void parse_implied_output(struct parser *parser);

/** parse_private_endpoint_names() - A list of names of private endpoints */
void parse_private_endpoint_names(struct parser *parser, const struct fields *fields,
				  enum schema_key key,
				  struct private_endpoint ***ret_list, size_t *ret_count);

#endif
