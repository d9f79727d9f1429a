/* dns_answer.c - Reading what a DNS server sent, within bounds. */
#include "compiler/dns_answer.h"

#include <string.h>

#include "compiler/host_name.h"
#include "rules/base/arena.h"

#define HEADER_SIZE 12u
#define LABEL_MAX   63u
#define CLASS_IN    1u
#define FLAG_QR	    0x80u /* byte 2 */
#define FLAG_TC	    0x02u
#define FLAG_RD	    0x01u
/* Each pointer leads to an earlier byte, so a name can have no more of them than labels;
 * real ones have one or two. */
#define POINTERS_MAX 127u

/* IANA DNS parameters, RCODEs 0 to 10, read 2026-11-21. */
static const char *const rcode_names[] = {
	"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
};

const char *dns_rcode_name(unsigned rcode)
{
	return rcode < ARRAY_SIZE(rcode_names) ? rcode_names[rcode] : NULL;
}

static unsigned get16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static uint8_t *put16(uint8_t *bytes, unsigned number)
{
	bytes[0] = (uint8_t)(number >> 8);
	bytes[1] = (uint8_t)number;
	return bytes + 2;
}

/* -- the question ---------------------------------------------------------- */

/* A name as labels; NULL where it has none that DNS can carry. */
static uint8_t *put_name(uint8_t *bytes, const char *name)
{
	size_t total = strlen(name);

	if (!total || total >= DNS_NAME_SIZE)
		return NULL;
	for (;;) {
		size_t length = strcspn(name, ".");

		if (!length || length > LABEL_MAX)
			return NULL;
		*bytes++ = (uint8_t)length;
		memcpy(bytes, name, length);
		bytes += length;
		name += length;
		if (!*name)
			break;
		name++;
	}
	*bytes++ = 0;
	return bytes;
}

size_t dns_query_write(const struct dns_question *question, bool edns, uint8_t *bytes)
{
	uint8_t *end;

	memset(bytes, 0, HEADER_SIZE);
	put16(bytes, question->id);
	bytes[2] = FLAG_RD;
	put16(bytes + 4, 1);
	put16(bytes + 10, edns);
	end = put_name(bytes + HEADER_SIZE, question->name);
	if (!end)
		return 0;
	end = put16(end, question->type);
	end = put16(end, CLASS_IN);
	if (edns) {
		*end++ = 0; /* the root */
		end = put16(end, DNS_TYPE_OPT);
		end = put16(end, DNS_UDP_SIZE);
		memset(end, 0, 6); /* extended rcode, version, flags, no options */
		end += 6;
	}
	return (size_t)(end - bytes);
}

/* -- names in messages ----------------------------------------------------- */

/** struct message - The bytes, and how far they were read */
struct message {
	const uint8_t *bytes;
	size_t length;
	size_t at;
};

/**
 * struct wire_name - A name out of a message
 * @text:	lower case; "" is the root
 * @odd:	it has bytes that no host name has: equal to no other name, whatever its
 *		text looks like
 */
struct wire_name {
	char text[DNS_NAME_SIZE];
	bool odd;
};

static char lower(uint8_t byte)
{
	return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

static enum dns_fault add_label(struct wire_name *name, size_t *used,
				const uint8_t *label, size_t length)
{
	if (*used + length + 1 >= DNS_NAME_SIZE)
		return DNS_BAD_POINTER;
	if (*used)
		name->text[(*used)++] = '.';
	for (size_t i = 0; i < length; i++) {
		char c = lower(label[i]);

		if (!host_name_character(c)) {
			name->odd = true;
			c = '?';
		}
		name->text[(*used)++] = c;
	}
	return DNS_FINE;
}

/* Reads the name at message->at and moves behind it. */
static enum dns_fault get_name(struct message *message, struct wire_name *name)
{
	size_t at = message->at, behind = 0, used = 0;
	unsigned pointers = 0;

	name->odd = false;
	for (;;) {
		size_t length;

		if (at >= message->length)
			return DNS_CUT;
		length = message->bytes[at];
		if ((length & 0xc0) == 0xc0) {
			size_t target;

			if (at + 2 > message->length)
				return DNS_CUT;
			target = get16(message->bytes + at) & 0x3fff;
			if (target >= at || ++pointers > POINTERS_MAX)
				return DNS_BAD_POINTER;
			behind = behind ? behind : at + 2;
			at = target;
			continue;
		}
		if (length > LABEL_MAX)
			return DNS_BAD_POINTER;
		at++;
		if (!length)
			break;
		if (at + length > message->length)
			return DNS_CUT;
		if (add_label(name, &used, message->bytes + at, length))
			return DNS_BAD_POINTER;
		at += length;
	}
	name->text[used] = '\0';
	message->at = behind ? behind : at;
	return DNS_FINE;
}

/* -- does it fit? ---------------------------------------------------------- */

/* Is the question section what was asked, letters aside?  Compressed it is not: there is
 * nothing before it that a pointer could lead to. */
static bool same_question(struct message *message, const struct dns_question *question)
{
	struct wire_name name;

	message->at = HEADER_SIZE;
	if (get_name(message, &name) || message->at + 4 > message->length)
		return false;
	if (message->at != HEADER_SIZE + strlen(question->name) + 2)
		return false;
	message->at += 4;
	return !name.odd && strcmp(name.text, question->name) == 0 &&
	       get16(message->bytes + message->at - 4) == question->type &&
	       get16(message->bytes + message->at - 2) == CLASS_IN;
}

enum dns_fit dns_fit(const uint8_t *bytes, size_t length,
		     const struct dns_question *question)
{
	struct message message = {bytes, length, 0};
	bool same_id;

	/* QR, and opcode 0: what was asked is a query */
	if (length < HEADER_SIZE || (bytes[2] & 0xf8) != FLAG_QR)
		return DNS_NO_MESSAGE;
	same_id = get16(bytes) == question->id;
	if (same_id && !get16(bytes + 4) && dns_message_rcode(bytes))
		return DNS_FITS_BARE;
	if (get16(bytes + 4) != 1 || !same_question(&message, question))
		return same_id ? DNS_OTHER_QUESTION : DNS_OTHER_BOTH;
	return same_id ? DNS_FITS : DNS_OTHER_ID;
}

bool dns_is_truncated(const uint8_t *bytes)
{
	return bytes[2] & FLAG_TC;
}

unsigned dns_message_rcode(const uint8_t *bytes)
{
	return bytes[3] & 0x0f;
}

/* -- the answer ------------------------------------------------------------ */

/** struct record - One record of the answer section: where its parts are */
struct record {
	size_t owner;
	size_t data;
	unsigned length;
	unsigned type;
	uint32_t ttl;
};

/** struct reading - The work on one answer */
struct reading {
	struct message message;
	const struct dns_question *question;
	struct arena *arena;
	struct dns_answer *answer;
	struct record records[DNS_RECORDS_MAX];
	size_t count;
	size_t last; /* the record followed last, from 1 */
};

static enum dns_fault read_record(struct reading *reading)
{
	struct message *message = &reading->message;
	struct record record = {.owner = message->at};
	struct wire_name owner;
	enum dns_fault fault = get_name(message, &owner);
	const uint8_t *fixed = message->bytes + message->at;

	if (fault)
		return fault;
	if (message->at + 10 > message->length)
		return DNS_CUT;
	record.type = get16(fixed);
	record.ttl = get32(fixed + 4);
	record.length = get16(fixed + 8);
	record.data = message->at + 10;
	if (record.data + record.length > message->length)
		return DNS_CUT;
	message->at = record.data + record.length;
	if (get16(fixed + 2) == CLASS_IN &&
	    (record.type == DNS_TYPE_CNAME || record.type == reading->question->type))
		reading->records[reading->count++] = record;
	return DNS_FINE;
}

static enum dns_fault read_records(struct reading *reading)
{
	size_t count = get16(reading->message.bytes + 6);
	enum dns_fault fault = DNS_FINE;

	if (count > DNS_RECORDS_MAX)
		return DNS_TOO_MUCH;
	for (size_t i = 0; i < count && !fault; i++)
		fault = read_record(reading);
	return fault;
}

/* Is the record one of @type that belongs to @name? */
static bool is_of(struct reading *reading, const struct record *record, unsigned type,
		  const char *name)
{
	struct message message = reading->message;
	struct wire_name owner;

	message.at = record->owner;
	return record->type == type && !get_name(&message, &owner) && !owner.odd &&
	       strcmp(owner.text, name) == 0;
}

/* Takes a record's time to live, and notes when it is out of order. */
static void follow(struct reading *reading, const struct record *record)
{
	struct dns_answer *answer = reading->answer;
	size_t place = (size_t)(record - reading->records) + 1;
	uint32_t ttl = record->ttl;

	if (ttl & UINT32_C(0x80000000)) {
		answer->odd |= DNS_ODD_TTL_NEGATIVE;
		ttl = 0;
	} else if (!ttl) {
		answer->odd |= DNS_ODD_TTL_ZERO;
	}
	if (ttl < answer->ttl)
		answer->ttl = ttl;
	if (place < reading->last)
		answer->odd |= DNS_ODD_ORDER;
	reading->last = place;
}

static enum dns_fault fault_at(struct reading *reading, enum dns_fault fault,
			       const char *name)
{
	reading->answer->at = arena_strdup(reading->arena, name);
	return fault;
}

/* Where the CNAME of @name leads; *ret_target is NULL where it has none. */
static enum dns_fault find_target(struct reading *reading, const char *name,
				  const char **ret_target)
{
	*ret_target = NULL;
	for (size_t i = 0; i < reading->count; i++) {
		const struct record *record = &reading->records[i];
		struct message message = reading->message;
		struct wire_name target;
		enum dns_fault fault;

		if (!is_of(reading, record, DNS_TYPE_CNAME, name))
			continue;
		message.at = record->data;
		message.length = record->data + record->length;
		fault = get_name(&message, &target);
		if (fault)
			return fault;
		if (target.odd || !host_name_is(target.text))
			return fault_at(reading, DNS_BAD_NAME, name);
		if (*ret_target && strcmp(*ret_target, target.text) != 0)
			return fault_at(reading, DNS_CHAIN_FORK, name);
		if (*ret_target)
			continue;
		*ret_target = arena_strdup(reading->arena, target.text);
		follow(reading, record);
	}
	return DNS_FINE;
}

static bool was_passed(const struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->answer->chain_count; i++)
		if (strcmp(reading->answer->chain[i], name) == 0)
			return true;
	return strcmp(reading->question->name, name) == 0;
}

/* From the name asked for to the one that has no CNAME. */
static enum dns_fault walk(struct reading *reading, const char **ret_end)
{
	struct dns_answer *answer = reading->answer;
	const char *name = reading->question->name, *target;

	for (;; name = target) {
		enum dns_fault fault = find_target(reading, name, &target);

		if (fault)
			return fault;
		if (!target)
			break;
		if (strcmp(target, name) == 0)
			return fault_at(reading, DNS_CHAIN_SELF, name);
		if (was_passed(reading, target))
			return fault_at(reading, DNS_CHAIN_LOOP, target);
		if (answer->chain_count == DNS_CHAIN_MAX)
			return fault_at(reading, DNS_CHAIN_LONG, target);
		*arena_push(reading->arena, answer->chain, answer->chain_count,
			    answer->chain_capacity) = target;
	}
	*ret_end = name;
	return DNS_FINE;
}

static enum dns_fault add_address(struct reading *reading, const struct record *record)
{
	struct dns_answer *answer = reading->answer;
	size_t size = reading->question->type == DNS_TYPE_A ? 4 : 16;
	u128 value = 0;

	if (record->length != size)
		return DNS_BAD_ADDRESS;
	if (answer->address_count++ == DNS_ADDRESSES_MAX)
		return DNS_TOO_MUCH;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | reading->message.bytes[record->data + i];
	ranges_add(&answer->addresses, (struct range){value, value}, reading->arena);
	follow(reading, record);
	return DNS_FINE;
}

static enum dns_fault collect(struct reading *reading, const char *end)
{
	enum dns_fault fault = DNS_FINE;
	const char *name = reading->question->name;

	for (size_t i = 0; i < reading->count && !fault; i++)
		if (is_of(reading, &reading->records[i], reading->question->type, end))
			fault = add_address(reading, &reading->records[i]);
	ranges_normalize(&reading->answer->addresses);
	/* Which of the two a client takes depends on the client. */
	for (size_t link = 0; !fault && link < reading->answer->chain_count; link++) {
		for (size_t i = 0; i < reading->count; i++)
			if (is_of(reading, &reading->records[i], reading->question->type,
				  name))
				return fault_at(reading, DNS_CHAIN_ADDRESS, name);
		name = reading->answer->chain[link];
	}
	return fault;
}

static bool same_letters(const struct message *message, const char *name)
{
	const uint8_t *bytes = message->bytes + HEADER_SIZE;

	/* same_question() has seen it, not compressed and as long as @name. */
	for (size_t i = 0; name[i]; i++)
		if (name[i] != '.' && bytes[i + 1] != (uint8_t)name[i])
			return false;
	return true;
}

void dns_answer_read(const uint8_t *bytes, size_t length,
		     const struct dns_question *question, struct arena *arena,
		     struct dns_answer *ret_answer)
{
	struct reading reading;
	const char *end;

	/* not the records, which are many and are counted */
	reading.message = (struct message){bytes, length, 0};
	reading.question = question;
	reading.arena = arena;
	reading.answer = ret_answer;
	reading.count = reading.last = 0;
	*ret_answer = (struct dns_answer){
		.rcode = dns_message_rcode(bytes),
		.ttl = UINT32_MAX,
	};
	if (!same_question(&reading.message, question))
		BUG("an answer to another question");
	if (!same_letters(&reading.message, question->name))
		ret_answer->odd |= DNS_ODD_CASE;
	ret_answer->fault = read_records(&reading);
	if (!ret_answer->fault)
		ret_answer->fault = walk(&reading, &end);
	if (!ret_answer->fault)
		ret_answer->fault = collect(&reading, end);
	/* A name that is said not to exist has no address, whatever else stands there. */
	if (ret_answer->fault || ret_answer->rcode) {
		ret_answer->addresses = (struct ranges){0};
		ret_answer->address_count = 0;
	}
}
