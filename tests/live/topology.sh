# topology.sh - Client, gateway and server: three network namespaces, for tests/live/run.
# shellcheck shell=bash
#
#	client (cl)  c0 ─── g0  gateway (gw)  g1 ─── s0  server (sv)
#
# The server takes every packet that reaches it, whatever its destination, and one echo
# server answers on all ports of TCP and UDP.  So a flow that fails was refused on the
# way.  The gateway sends what comes from the client to the server and everything else to
# the client: any address can be on either side, or on both in turn.
#
# Sources are addresses of the client's loopback interface (topology_own), as rules of
# both directions see them on a host with several addresses.
#
# All of this lives in private mount, process and network namespaces that
# topology_enclosed makes.  They end with the process that made them, however it ends,
# and nothing outside can see them: not "ip netns", not the machine's rule set.

# The transit networks: addresses that no policy under test names.  100.127.255.0/24 is
# the last of the shared space (RFC 6598), fdff:ffff:ffff::/48 a local one (RFC 4193).
# shellcheck disable=SC2034 # for tests/live/run
TRANSIT=(100.127.255.0/24 fdff:ffff:ffff::/48)
CLIENT_IPV4=100.127.255.2
CLIENT_IPV6=fdff:ffff:ffff:1::2
SERVER_IPV4=100.127.255.6
SERVER_IPV6=fdff:ffff:ffff:2::2
ECHO_PORT=7000

# What topology_start began last.
started=

# topology_missing - Say why namespaces cannot be had; nothing when they can
topology_missing()
{
	local tool

	for tool in ip nft nsenter setpriv sysctl unshare; do
		if ! command -v $tool > /dev/null; then
			echo "there is no '$tool'"
			return
		fi
	done
	if ! topology_unshare sh -c \
		'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add probe &&
		 nsenter --net=/run/netns/probe nft list ruleset' > /dev/null 2>&1; then
		echo "network namespaces with nftables cannot be made"
	fi
}

# topology_unshare COMMAND... - Run it in namespaces that end with it, or with us
topology_unshare()
{
	local identity=()

	[ "$(id -u)" -eq 0 ] || identity=(--user --map-root-user)
	setpriv --pdeathsig KILL \
		unshare "${identity[@]}" --mount --net --pid --fork --kill-child \
		--mount-proc -- "$@"
}

# topology_in NAMESPACE COMMAND... - Run a command in cl, gw or sv
topology_in()
{
	local namespace=$1

	shift
	nsenter --net="/run/netns/$namespace" -- "$@"
}

# topology_start NAMESPACE COMMAND... - The same in the background: $started is its process
topology_start()
{
	local namespace=$1

	shift
	nsenter --net="/run/netns/$namespace" -- "$@" &
	started=$!
}

# Without reverse-path filters, without duplicate-address detection, and with as many
# refusals by ICMP as there are probes.
settle_namespace()
{
	topology_in "$1" sysctl -qw \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 \
		net.ipv4.ip_forward="$2" net.ipv4.ip_local_port_range='10000 60999' \
		net.ipv4.tcp_max_syn_backlog=65535 net.core.somaxconn=65535 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.forwarding="$2" net.ipv6.icmp.ratelimit=0
}

make_links()
{
	ip -n cl link add c0 type veth peer name g0 netns gw
	ip -n sv link add s0 type veth peer name g1 netns gw
	ip -n cl -batch - <<-END
		link set lo up
		addr add $CLIENT_IPV4/30 dev c0
		addr add $CLIENT_IPV6/64 dev c0 nodad
		link set c0 up
	END
	ip -n gw -batch - <<-END
		link set lo up
		addr add 100.127.255.1/30 dev g0
		addr add fdff:ffff:ffff:1::1/64 dev g0 nodad
		addr add 100.127.255.5/30 dev g1
		addr add fdff:ffff:ffff:2::1/64 dev g1 nodad
		link set g0 up
		link set g1 up
	END
	ip -n sv -batch - <<-END
		link set lo up
		addr add $SERVER_IPV4/30 dev s0
		addr add $SERVER_IPV6/64 dev s0 nodad
		link set s0 up
	END
}

# What comes in here goes by table 100, before the main table and after the local one.
make_rules()
{
	ip -n "$1" -4 rule add iif "$2" lookup 100 priority 100 &&
		ip -n "$1" -6 rule add iif "$2" lookup 100 priority 100
}

make_routes()
{
	make_rules gw g0 && make_rules sv s0
	ip -n cl -batch - <<-END
		route add default via 100.127.255.1
		route add default via fdff:ffff:ffff:1::1
	END
	ip -n gw -batch - <<-END
		route add default via $SERVER_IPV4 table 100
		route add default via $SERVER_IPV6 table 100
		route add default via $CLIENT_IPV4
		route add default via $CLIENT_IPV6
	END
	ip -n sv -batch - <<-END
		route add local 0.0.0.0/0 dev lo table 100
		route add local ::/0 dev lo table 100
		route add default via 100.127.255.5
		route add default via fdff:ffff:ffff:2::1
	END
}

start_server()
{
	topology_in sv nft -f - <<-END
		table inet answer {
			counter segments-one { }
			counter segments-two { }
			chain count {
				type filter hook prerouting priority raw
				tcp flags & (syn | ack) == ack tcp sport 61001 counter name segments-one
				tcp flags & (syn | ack) == ack tcp sport 61002 counter name segments-two
			}
			chain every-port {
				type nat hook prerouting priority dstnat
				meta l4proto { tcp, udp } redirect to :$ECHO_PORT
			}
		}
	END
	topology_start sv "$TOOLS/echo_server" $ECHO_PORT
	server=$started
}

# The path is there when flows of both protocols and families have come back.  IPv6 takes
# up to a second: the kernel looks at a new link once a second (linkwatch).
await_path()
{
	local attempt

	for ((attempt = 0; attempt < 100; attempt++)); do
		if topology_in cl "$TOOLS/probe" -t 100 -n 1 2> /dev/null > "$WORK/ready" <<-END &&
			tcp any 0 203.0.113.1 9
			udp any 0 203.0.113.1 9
			tcp any 0 2001:db8::1 9
			udp any 0 2001:db8::1 9
		END
			! grep -qv ' allow ' "$WORK/ready"; then
			return 0
		fi
		sleep 0.02
	done
	echo "# no path from client to server after 10 s:"
	sed 's/^/# /' "$WORK/ready"
	return 1
}

# topology_up - Make the namespaces and wait until the path works
topology_up()
{
	ip netns add cl && ip netns add gw && ip netns add sv &&
		settle_namespace cl 0 && settle_namespace gw 1 && settle_namespace sv 0 &&
		make_links && make_routes && start_server && await_path
}

# topology_down - Remove them again, with all that runs inside
topology_down()
{
	kill "$server"
	wait "$server"
	ip netns del cl
	ip netns del gw
	ip netns del sv
}

# topology_own ADDRESS... - Give the client addresses to send from
topology_own()
{
	printf 'addr add %s dev lo\n' "$@" | sed '/:/s/$/ nodad/' |
		ip -n cl -batch -
}
