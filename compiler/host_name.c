/* host_name.c - What a host name is made of, in answers of DNS and in locks. */
#include "compiler/host_name.h"

#include <string.h>

#define HOST_MAX  253
#define LABEL_MAX 63

bool host_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool host_name_is(const char *text)
{
	size_t total = strlen(text);

	if (!total || total > HOST_MAX)
		return false;
	for (;;) {
		size_t length = 0;

		while (host_name_character(text[length]))
			length++;
		if (!length || length > LABEL_MAX || text[0] == '-' ||
		    text[length - 1] == '-')
			return false;
		if (!text[length])
			return true;
		if (text[length] != '.')
			return false;
		text += length + 1;
	}
}
