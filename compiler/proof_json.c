/* proof_json.c - proof.json: what was proved, of which bytes, under which assumptions. */
#include "compiler/proof_json.h"

#include <string.h>

#include "backends/followed_sets.h"
#include "backends/json.h"
#include "compiler/hash.h"
#include "rules/ruleset_text.h"

static void put_match(struct json_writer *json, const char *key,
		      const struct match *match)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(match, &text);
	json_key_string(json, key, strbuf_text(&text));
}

static void put_hash(struct json_writer *json, const char *name, const char *bytes,
		     size_t length)
{
	char hash[HASH_TEXT_SIZE];

	json_object(json);
	json_key_string(json, "name", name);
	json_key_string(json, "sha256", hash_text(bytes, length, hash));
	json_object_end(json);
}

/* How a file is called wherever the run happened: relative to the spec's folder. */
static const char *portable_name(const struct compilation *compilation, const char *path)
{
	const char *spec = compilation->spec_file->path, *slash = strrchr(spec, '/');
	size_t folder = slash ? (size_t)(slash - spec) + 1 : 0;

	if (strncmp(path, spec, folder) == 0)
		path += folder;
	slash = strrchr(path, '/');
	return path[0] == '/' ? slash + 1 : path;
}

static void put_settings(struct json_writer *json, const struct backend_job *job)
{
	json_key(json, "environment");
	json_object(json);
	for (size_t i = 0; i < job->setting_count; i++)
		json_key_string(json, job->settings[i].option->name,
				job->settings[i].value);
	json_object_end(json);
}

static void put_base(struct json_writer *json, const struct backend_scope *scope)
{
	json_key(json, "base");
	json_list(json);
	for (size_t i = 0; i < scope->base_count; i++) {
		json_object(json);
		json_key_string(json, "name", scope->base[i].id);
		put_match(json, "packets", &scope->base[i].match);
		json_object_end(json);
	}
	json_list_end(json);
}

static void put_sentences(struct json_writer *json, const char *key,
			  const char *const *sentences, size_t count)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < count; i++)
		json_string(json, sentences[i]);
	json_list_end(json);
}

static void put_not_covered(struct json_writer *json, const struct legal *legal)
{
	json_key(json, "not_covered");
	json_list(json);
	for (size_t i = 0; i < legal->not_covered_count; i++) {
		json_object(json);
		json_key_string(json, "flow", legal->not_covered[i].flow->id);
		json_key_string(json, "reason", legal->not_covered[i].reason);
		json_object_end(json);
	}
	json_list_end(json);
}

/* What says where the flow goes: addresses, the name itself, or tags that stand for it.
 */
static void put_binding(struct json_writer *json, const struct backend_job *job,
			const struct flow *flow)
{
	bool named = backend_form(job, flow) == FLOW_BY_NAME;

	if (followed_flow(job, flow)) {
		json_key_string(json, "bound_by", "a set that follows its name");
		return;
	}
	if (flow->bound)
		json_key_string(json, "bound_by", flow->bound_by);
	else
		json_key_string(json, "bound_by",
				named || !flow->tag_count ? "its name" : "service tags");
	if (named || backend_form(job, flow) != FLOW_BY_TAGS)
		return;
	json_key(json, "service_tags");
	json_list(json);
	for (size_t i = 0; i < flow->tag_count; i++)
		json_string(json, flow->tags[i].name);
	json_list_end(json);
}

/* The flows that the proof is about, each with what bound it. */
static void put_flows(struct json_writer *json, const struct backend_job *job)
{
	json_key(json, "flows");
	json_list(json);
	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		CLEANUP(strbuf_release) struct strbuf addresses = {0};

		if (!backend_covers(job, flow))
			continue;
		json_object(json);
		json_key_string(json, "id", flow->id);
		json_key_string(json, "rule", flow->group);
		json_key_string(json, "reason", flow->reason);
		put_binding(json, job, flow);
		/* A lock's thousand addresses stand in the lock, which is hashed below.
		 */
		if (flow->bound && !followed_flow(job, flow) &&
		    flow->addresses.of[FAMILY_IPV4].count +
				    flow->addresses.of[FAMILY_IPV6].count <=
			    16) {
			addr_set_format(&flow->addresses, &addresses);
			json_key_string(json, "addresses", strbuf_text(&addresses));
		}
		json_object_end(json);
	}
	json_list_end(json);
}

/* What service tags open beyond the intent, and whether they hold all of it. */
static void put_tags(struct json_writer *json, const struct result *result)
{
	char count[COUNT_TEXT_MAX];

	if (result->legal.coverage_not_shown)
		json_key_string(json, "tag_coverage", "not shown");
	if (!result->proof.wider || result->proof.excess_unknown)
		return;
	CLEANUP(strbuf_release) struct strbuf packet = {0};

	packet_format(&result->proof.excess_packet, &packet);
	json_key(json, "excess");
	json_object(json);
	json_key_string(json, "destinations", count_format(&result->proof.excess, count));
	json_key_string(json, "example", strbuf_text(&packet));
	json_object_end(json);
}

static void put_result(struct json_writer *json, const struct result *result)
{
	const struct backend_job *job = result->job;
	char count[COUNT_TEXT_MAX];

	json_object(json);
	json_key_string(json, "name", job->name);
	json_key_string(json, "backend", job->backend->name);
	json_key_string(json, "verdict", result->proof.wider ? "wider" : "exact");
	json_key_string(json, "level", result->scope.level);
	json_key_string(json, "path", result->scope.path);
	json_key_string(json, "default", job->deny ? "deny" : "keep");
	put_settings(json, job);
	put_match(json, "universe", &result->scope.universe);
	put_match(json, "governed", &result->scope.governed);
	if (job->backend->kind != BACKEND_KIND_RESOLVER)
		json_key_string(json, "admitted_packets",
				count_format(&result->proof.admitted, count));
	json_key_string(json, "admitted_destinations",
			count_format(&result->proof.destinations, count));
	put_tags(json, result);
	put_base(json, &result->scope);
	put_flows(json, job);
	put_not_covered(json, &result->legal);
	put_sentences(json, "assumptions", result->scope.assumptions,
		      result->scope.assumption_count);
	json_object_end(json);
}

void proof_json(const struct compilation *compilation, const struct result *results,
		size_t count, const struct publish_file *files, size_t file_count,
		struct strbuf *out)
{
	const struct input_file *read;
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key_string(&json, "postern", POSTERN_VERSION);
	json_key(&json, "outputs");
	json_list(&json);
	for (size_t i = 0; i < count; i++)
		put_result(&json, &results[i]);
	json_list_end(&json);
	json_key(&json, "read");
	json_list(&json);
	for (size_t i = 0; (read = input_at(compilation->input, i)) != NULL; i++)
		put_hash(&json, portable_name(compilation, read->path), read->text,
			 read->length);
	json_list_end(&json);
	json_key(&json, "written");
	json_list(&json);
	for (size_t i = 0; i < file_count; i++)
		put_hash(&json, files[i].path, files[i].bytes, files[i].length);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
