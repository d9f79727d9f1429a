/* azure_template_test.c - Resources and expressions of ARM, plain and Terraform JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/azure_template.h"
#include "backends/backend.h"
#include "rules/base/arena.h"

static void put_doc(struct strbuf *out, const struct doc *doc)
{
	switch (doc->kind) {
	case DOC_NULL:
		strbuf_puts(out, "null");
		break;
	case DOC_SCALAR:
		if (azure_unknown(doc))
			strbuf_printf(out, "?%s?", azure_unknown(doc));
		else
			strbuf_printf(out, doc->quoted ? "'%s'" : "%s", doc->text);
		break;
	case DOC_LIST:
		strbuf_putc(out, '[');
		for (size_t i = 0; i < doc->count; i++) {
			if (i)
				strbuf_putc(out, ',');
			put_doc(out, doc->items[i]);
		}
		strbuf_putc(out, ']');
		break;
	case DOC_MAP:
		strbuf_putc(out, '{');
		for (size_t i = 0; i < doc->count; i++) {
			strbuf_printf(out, "%s%s:", i ? "," : "", doc->entries[i].key);
			put_doc(out, doc->entries[i].value);
		}
		strbuf_putc(out, '}');
		break;
	}
}

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct azure_template *template;
	int error;
};

static struct fixture read_text(const char *text)
{
	struct fixture f = {.arena = arena_new()};
	struct import_file file = {.name = "t", .text = text, .length = strlen(text)};

	f.diag = diag_new(f.arena);
	f.rules = ruleset_new(f.arena);
	file.source = diag_add_source(f.diag, "t", text, file.length);
	f.error = azure_template_read(&file, f.rules, f.arena, &f.template, f.diag);
	return f;
}

/* A line a resource: type name [presence] [looped], properties; then what is assumed. */
static void describe(struct fixture *f, struct strbuf *out)
{
	for (size_t i = 0; i < f->template->count; i++) {
		const struct azure_resource *resource = f->template->resources[i];
		const char *condition = NULL;

		strbuf_printf(out, "%s %s", resource->type,
			      azure_name(f->template, resource));
		switch (azure_presence(f->template, resource, &condition)) {
		case AZURE_PRESENT:
			break;
		case AZURE_ABSENT:
			strbuf_puts(out, " absent");
			break;
		case AZURE_PERHAPS:
			strbuf_printf(out, " if %s", condition);
			break;
		}
		strbuf_puts(out, resource->looped ? " looped " : " ");
		put_doc(out, azure_properties(f->template, resource));
		strbuf_putc(out, '\n');
	}
	for (size_t i = 0; i < f->rules->assumption_count; i++)
		strbuf_printf(out, "assuming %s\n", f->rules->assumptions[i]);
}

static void reads(const char *text, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture f = read_text(text);

	if (f.error)
		print_error("%s: %s\n", text, diag_message(f.diag, 0)->text);
	assert_int_equal(f.error, 0);
	describe(&f, &out);
	assert_false(azure_template_failed(f.template));
	if (strcmp(strbuf_text(&out), expected) != 0)
		print_error("%s\n", text);
	assert_string_equal(strbuf_text(&out), expected);
	arena_free(f.arena);
}

/* One property of a resource in a template with parameters and variables. */
static void value_is(const char *expression, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0}, out = {0};
	struct fixture f;

	strbuf_printf(
		&text,
		"{\"$schema\":\"https://x/deploymentTemplate.json#\",\"parameters\":{"
		"\"name\":{\"type\":\"string\"},"
		"\"port\":{\"type\":\"int\",\"defaultValue\":443},"
		"\"id\":{\"type\":\"string\",\"defaultValue\":\"[newGuid()]\"},"
		"\"key\":{\"type\":\"secureString\",\"defaultValue\":\"hush\"}},"
		"\"variables\":{\"list\":[\"10.0.0.0/8\",\"[parameters('port')]\"],"
		"\"map\":{\"a\":{\"b\":\"c\"}},\"A\":\"x\",\"loop\":\"[variables('Loop')]"
		"\","
		"\"deep\":{\"copy\":[{\"name\":\"rules\",\"count\":2,\"input\":1}]}},"
		"\"resources\":[{\"type\":\"A/b\",\"name\":\"n\",\"properties\":{\"v\":"
		"\"%s\"}}]}",
		expression);
	f = read_text(text.text);
	assert_int_equal(f.error, 0);
	put_doc(&out,
		doc_get(azure_properties(f.template, f.template->resources[0]), "v"));
	if (strcmp(strbuf_text(&out), expected) != 0)
		print_error("%s\n", expression);
	assert_string_equal(strbuf_text(&out), expected);
	arena_free(f.arena);
}

static void test_values(void **state)
{
	(void)state;
	value_is("plain", "'plain'");
	value_is("[[parameters('x')]", "'[parameters('x')]'");
	value_is("[not closed", "'[not closed'");
	value_is("[parameters('port')]", "443");
	value_is("[Parameters( 'PORT' )]", "443");
	value_is("[parameters('name')]", "?[parameters('name')]?");
	value_is("[parameters('nowhere')]", "?[parameters('nowhere')]?");
	value_is("[parameters('id')]", "?[parameters('id')]?");
	value_is("[parameters('key')]", "'hush'");
	value_is("[variables('a')]", "'x'");
	value_is("[variables('loop')]", "?[variables('loop')]?");
	value_is("[variables('list')]", "['10.0.0.0/8',443]");
	value_is("[variables('list')[0]]", "'10.0.0.0/8'");
	value_is("[variables('list')[2]]", "?[a list at bytes 253 to 290{2}]?");
	value_is("[variables('map').a.B]", "'c'");
	value_is("[variables('map')['a'].b]", "'c'");
	value_is("[variables('deep')]",
		 "{copy:[{name:'rules',count:2,input:1}],rules:?[copy 'rules' at byte "
		 "366]?}");
	value_is("[resourceGroup().location]", "?[resourceGroup().location]?");
	value_is("[reference('x', '2020').a[0].b]", "?[reference('x', '2020').a{0}.b]?");
	value_is("[copyIndex('x', 1)]", "?[copyIndex('x', 1) at byte 462]?");
}

static void test_functions(void **state)
{
	(void)state;
	value_is("[concat('a', 'it''s', 1)]", "'ait's1'");
	value_is("[concat(parameters('name'), '/rule')]", "?[parameters('name')]/rule?");
	value_is("[format('{0}/{1}{{}}', parameters('name'), 'rule')]",
		 "?[parameters('name')]/rule{}?");
	value_is("[concat('[', parameters('name'))]", "?[[[parameters('name')]?");
	value_is("[concat(variables('list'), createArray('b'))]",
		 "['10.0.0.0/8',443,'b']");
	value_is("[format('{0:X}', 1)]", "?[format('{0:X}', 1)]?");
	value_is("[toLower('ÄB')]", "'Äb'");
	value_is("[toUpper(variables('A'))]", "'X'");
	value_is("[resourceId('Microsoft.Network/a/b', 'x', 'y')]",
		 "'/providers/Microsoft.Network/a/x/b/y'");
	value_is("[resourceId('group', 'Microsoft.Network/a', parameters('name'))]",
		 "?/providers/Microsoft.Network/a/[parameters('name')]?");
	value_is("[resourceId('Microsoft.Network/a', 'x', 'y')]",
		 "?[resourceId('Microsoft.Network/a', 'x', 'y')]?");
	value_is("[if(equals(parameters('port'), 443), 'a', parameters('key'))]", "'a'");
	value_is("[if(not(true()), 'a', 'b')]", "'b'");
	value_is("[if(empty(parameters('name')), 'a', 'b')]",
		 "?[if(empty(parameters('name')), 'a', 'b')]?");
	value_is("[and(false(), bool(parameters('name')))]", "false");
	value_is("[or(false(), bool(parameters('name')))]",
		 "?[or(false, bool(parameters('name')))]?");
	value_is("[equals('1', 1)]", "false");
	value_is("[equals('a', 'A')]", "false");
	value_is("[add(int('40'), 2)]", "42");
	value_is("[sub(1, mul(2, 3))]", "-5");
	value_is("[length(variables('list'))]", "2");
	value_is("[last(split('a,b,c', ','))]", "'c'");
	value_is("[first(split('a', ','))]", "'a'");
	value_is("[coalesce(null(), 'x')]", "'x'");
	value_is("[string(5)]", "'5'");
	value_is("[array('x')]", "['x']");
	value_is("[contoso.name('x')]", "?[contoso.name('x')]?");
	/* no expressions that we can read */
	value_is("[concat('a'", "'[concat('a''");
	value_is("[concat('a']", "?[concat('a']?");
	value_is("[1 2]", "?[1 2]?");
	value_is("[]", "?[]?");
}

#define HEAD "{\"$schema\": \"https://schema/deploymentTemplate.json#\", "

static void test_resources(void **state)
{
	(void)state;
	reads(HEAD "\"resources\": []}", "");
	/* children inside and beside */
	reads(HEAD "\"resources\": [{\"type\": \"Microsoft.Network/Groups\", \"name\": "
		   "\"g\", \"properties\": {\"P\": 1}, \"resources\": [{\"type\": "
		   "\"rules\", \"name\": \"r\"}]}, {\"type\": "
		   "\"Microsoft.Network/groups/rules\", \"name\": \"g/s\"}]}",
	      "microsoft.network/groups g {P:1}\n"
	      "microsoft.network/groups/rules g/r {type:'rules',name:'r'}\n"
	      "microsoft.network/groups/rules g/s "
	      "{type:'Microsoft.Network/groups/rules',name:'g/s'}\n");
	/* by symbolic name, and what exists already */
	reads(HEAD "\"resources\": {\"x\": {\"type\": \"A.B/c\", \"name\": \"n\", "
		   "\"properties\": {}}, \"y\": {\"existing\": true, \"type\": "
		   "\"A.B/c\", \"name\": \"m\"}}}",
	      "a.b/c n {}\n");
	reads(HEAD "\"parameters\": {\"new\": {\"type\": \"bool\", \"defaultValue\": "
		   "true}, \"old\": {\"type\": \"bool\"}}, \"resources\": ["
		   "{\"type\": \"A.B/c\", \"name\": \"p\", \"condition\": "
		   "\"[parameters('new')]\", \"properties\": {}},"
		   "{\"type\": \"A.B/c\", \"name\": \"q\", \"condition\": "
		   "\"[not(parameters('new'))]\", \"properties\": {}},"
		   "{\"type\": \"A.B/c\", \"name\": \"r\", \"condition\": "
		   "\"[parameters('old')]\", \"properties\": {}},"
		   "{\"type\": \"A.B/c\", \"name\": \"[concat('s', copyIndex())]\", "
		   "\"copy\": {\"name\": \"l\", \"count\": 2}, \"properties\": {}}]}",
	      "a.b/c p {}\na.b/c q absent {}\na.b/c r if [parameters('old')] {}\n"
	      "a.b/c s[copyIndex() of the loop at byte 417] looped {}\n"
	      "assuming parameter 'new' has its default, 'true'\n");
	/* comments, a BOM, a text over two lines */
	reads("\xef\xbb\xbf// a \"comment\"\n" HEAD
	      "/* and * another */ \"resources\": [{\"type\": \"A.B/c\", \"name\": "
	      "\"a\n\tb//\", \"properties\": {}}]}",
	      "a.b/c a  b// {}\n");
}

#define DEPLOY(properties)                                                             \
	HEAD "\"parameters\": {\"x\": {\"type\": \"string\", \"defaultValue\": "       \
	     "\"out\"}, "                                                              \
	     "\"y\": {\"type\": \"string\"}}, \"resources\": [{\"type\": "             \
	     "\"Microsoft.Resources/deployments\", \"name\": \"d\", \"properties\": {" \
	     "\"template\": {" properties "}}]}"
#define INSIDE                                                                    \
	"\"resources\": [{\"type\": \"A.B/c\", \"name\": \"n\", \"properties\": " \
	"{\"x\": \"[parameters('x')]\", \"y\": \"[parameters('y')]\", \"z\": "    \
	"\"[parameters('z')]\"}}]"

/* The resources of a nested template only: its deployment's properties are long. */
static void nested_is(const char *text, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture f = read_text(text);

	assert_int_equal(f.error, 0);
	assert_int_equal(f.template->count, 2);
	put_doc(&out, azure_properties(f.template, f.template->resources[1]));
	assert_string_equal(strbuf_text(&out), expected);
	arena_free(f.arena);
}

static void test_deployments(void **state)
{
	(void)state;
	/* outer scope: what the nested template says of its parameters is not looked at
	 */
	nested_is(DEPLOY("\"parameters\": {\"z\": {\"defaultValue\": 1}}, " INSIDE "}"),
		  "{x:'out',y:?[parameters('y')]?,z:?[parameters('z')]?}");
	nested_is(DEPLOY("\"parameters\": {\"x\": {\"type\": \"string\"}, \"y\": "
			 "{\"type\": \"string\"}, \"z\": {\"type\": \"int\", "
			 "\"defaultValue\": 1}}, " INSIDE
			 "}, \"expressionEvaluationOptions\": {\"scope\": \"Inner\"}, "
			 "\"parameters\": {\"x\": {\"value\": "
			 "\"[concat(parameters('x'), '-in')]\"}, \"y\": {\"value\": "
			 "\"[parameters('y')]\"}}"),
		  "{x:'out-in',y:?[parameters('y')]?,z:1}");
	/* a parameter of the nested template that nobody gives is not the outer's */
	nested_is(DEPLOY("\"parameters\": {\"x\": {\"type\": \"string\"}}, " INSIDE
			 "}, \"expressionEvaluationOptions\": {\"scope\": \"inner\"}"),
		  "{x:?[parameters('x') of the deployment at byte "
		  "158]?,y:?[parameters('y') "
		  "of the deployment at byte 158]?,z:?[parameters('z') of the deployment "
		  "at "
		  "byte 158]?}");
	reads(HEAD "\"resources\": [{\"type\": \"Microsoft.Resources/deployments\", "
		   "\"name\": \"d\", \"condition\": \"[parameters('c')]\", "
		   "\"properties\": {\"templateLink\": {\"uri\": \"u\"}}}]}",
	      "microsoft.resources/deployments d if [parameters('c')] "
	      "{templateLink:{uri:'u'}}\n"
	      "assuming the template of deployment 'd' holds no rules: it was not "
	      "seen\n");
}

static void test_plain(void **state)
{
	(void)state;
	reads("{\"type\": \"Microsoft.Network/Groups\", \"name\": \"g\", \"properties\": "
	      "{\"a\": \"[x]\"}}",
	      "microsoft.network/groups g {a:'[x]'}\n");
	reads("[{\"type\": \"A.B/c\", \"name\": \"g\"}, 5]",
	      "a.b/c g {type:'A.B/c',name:'g'}\n");
	reads("{\"value\": [{\"Id\": \"/subscriptions/s/resourceGroups/r/providers/"
	      "Microsoft.Network/networkSecurityGroups/G/securityRules/R\", \"Name\": "
	      "\"R\", \"Properties\": {}}]}",
	      "microsoft.network/networksecuritygroups/securityrules G/R {}\n");
	reads("{\"parameters\": {}, \"responses\": {\"200\": {\"body\": {\"type\": "
	      "\"A.B/c\", \"name\": \"x\", \"properties\": {}}}, \"201\": {\"body\": "
	      "{}}}}",
	      "a.b/c x {}\n");
	reads("{\"access\": \"Allow\"}", "  {access:'Allow'}\n");
	reads("5", "");
}

static void test_terraform(void **state)
{
	(void)state;
	reads("{\"variable\": {\"n\": {\"default\": \"x\"}, \"m\": {}}, \"locals\": "
	      "{\"l\": [\"${var.n}\"]}, \"resource\": {\"azurerm_g\": {\"a\": {\"name\": "
	      "\"nsg-${var.n}\"}}, \"azurerm_r\": {\"b\": [{\"name\": \"$${x}\", \"g\": "
	      "\"${azurerm_g.a.name}\", \"l\": \"${local.l}\", \"m\": \"${var.m}\", "
	      "\"q\": \"a-${lower(\\\"{}\\\")}\"}], \"c\": {\"count\": 2, \"name\": "
	      "\"${count.index}\"}}}}",
	      "azurerm_g nsg-x {name:'nsg-x'}\n"
	      "azurerm_r ${x} {name:'${x}',g:'nsg-x',l:['x'],m:?${var.m}?,"
	      "q:?a-${lower(\"{}\")}?}\n"
	      "azurerm_r ${count.index of azurerm_r.c} looped "
	      "{count:2,name:?${count.index of azurerm_r.c}?}\n"
	      "assuming variable 'n' has its default, 'x'\n");
	reads("{\"planned_values\": {\"root_module\": {\"resources\": [{\"type\": "
	      "\"azurerm_g\", \"address\": \"azurerm_g.a\", \"mode\": \"managed\", "
	      "\"values\": {\"name\": \"${x}\"}}, {\"type\": \"azurerm_g\", \"mode\": "
	      "\"data\", \"values\": {}}], \"child_modules\": [{\"resources\": "
	      "[{\"type\": \"azurerm_r\", \"address\": \"module.m.azurerm_r.b\", "
	      "\"values\": {}}]}]}}}",
	      "azurerm_g ${x} {name:'${x}'}\nazurerm_r module.m.azurerm_r.b {}\n");
}

static void test_names(void **state)
{
	struct fixture f = read_text("{}");

	(void)state;
	assert_string_equal(azure_parent_name(f.template, "a/b/c"), "a/b");
	assert_null(azure_parent_name(f.template, "[variables('a/b')]"));
	assert_string_equal(azure_parent_name(f.template, "[variables('a/b')]/c"),
			    "[variables('a/b')]");
	assert_string_equal(azure_last_name("[x]/c"), "c");
	assert_string_equal(azure_last_name("c"), "c");
	assert_string_equal(azure_id_name("/subscriptions/s/groups/x"), "x");
	arena_free(f.arena);
}

static void refuse(const char *text, enum diag_code code)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture f = read_text(text);

	if (!f.error) {
		describe(&f, &out);
		assert_true(azure_template_failed(f.template));
	}
	assert_int_equal(diag_message(f.diag, 0)->code, code);
	arena_free(f.arena);
}

static void test_refused(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	(void)state;
	refuse("{\"a\": /* no end", DIAG_JSON_SYNTAX);
	refuse("{\"a\": \"no end \n", DIAG_JSON_SYNTAX);
	refuse("{\"type\": \"A.B/c\", \"p\": {\"key\": 1, \"Key\": 2}}",
	       DIAG_DUPLICATE_KEY);
	refuse(HEAD "\"resources\": [{\"type\": \"A.B/c\", \"name\": \"x\", "
		    "\"properties\": {\"key\": 1, \"Key\": 2}}]}",
	       DIAG_DUPLICATE_KEY);
	/* each variable is the one before, twice: 2^40 bytes */
	strbuf_puts(&text, HEAD "\"variables\": {\"v0\": \"x\"");
	for (int i = 1; i <= 40; i++)
		strbuf_printf(&text,
			      ", \"v%d\": \"[concat(variables('v%d'), "
			      "variables('v%d'))]\"",
			      i, i - 1, i - 1);
	strbuf_puts(&text, "}, \"resources\": [{\"type\": \"A.B/c\", \"name\": "
			   "\"[variables('v40')]\"}]}");
	refuse(text.text, DIAG_DOCUMENT_LIMIT);
}

/* Circles and deep nesting end, as unknowns. */
static void test_bounds(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f;

	(void)state;
	strbuf_puts(&text, HEAD "\"variables\": {\"v0\": \"x\"");
	for (int i = 1; i <= 1000; i++)
		strbuf_printf(&text, ", \"v%d\": \"[variables('v%d')]\"", i, i - 1);
	strbuf_puts(&text, "}, \"resources\": [{\"type\": \"A.B/c\", \"name\": "
			   "\"[variables('v1000')]\"}]}");
	f = read_text(text.text);
	assert_int_equal(f.error, 0);
	assert_non_null(strstr(azure_name(f.template, f.template->resources[0]), "["));
	assert_int_equal(f.template->nesting, 0);
	arena_free(f.arena);
	text.length = 0;
	strbuf_puts(&text, HEAD "\"resources\": [{\"type\": \"A.B/c\", \"name\": \"[");
	for (int i = 0; i < 5000; i++)
		strbuf_puts(&text, "not(");
	strbuf_puts(&text, "x]\"}]}");
	f = read_text(text.text);
	assert_int_equal(f.error, 0);
	assert_int_equal(azure_name(f.template, f.template->resources[0])[0], '[');
	assert_int_equal(f.template->nesting, 0);
	arena_free(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	  cmocka_unit_test(test_functions),
		cmocka_unit_test(test_resources), cmocka_unit_test(test_deployments),
		cmocka_unit_test(test_plain),	  cmocka_unit_test(test_terraform),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
