/* notify.c - Telling the service manager how it goes.
 *
 * The protocol is a datagram to the socket that NOTIFY_SOCKET names (sd_notify(3),
 * systemd 252, read 2026-11-27): it needs no library.
 */
#include "compiler/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char text[512];
	va_list args;
	int fd, length;

	if (!path || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(to.sun_path))
		return;
	va_start(args, fmt);
	length = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	memcpy(to.sun_path, path, strlen(path));
	if (path[0] == '@') /* an abstract name */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A manager that is not there needs no telling. */
	(void)sendto(fd, text, (size_t)length, MSG_NOSIGNAL, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

uint64_t notify_watchdog_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *of = getenv("WATCHDOG_PID");
	uint64_t usec = text ? strtoull(text, NULL, 10) : 0;

	/* It may have been meant for a parent of ours (sd_watchdog_enabled(3)). */
	if (of && strtoull(of, NULL, 10) != (unsigned long long)getpid())
		return 0;
	/* Half of it, as the manual asks for. */
	return usec / 2000;
}
