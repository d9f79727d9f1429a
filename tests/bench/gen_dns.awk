# gen_dns.awk - Make a spec of many names, the zone that has them, and their questions.
#
# usage: awk -v names=10000 -v folder=DIR -f gen_dns.awk
#
# A registry with eight replicas has ten names: postern.yaml, azurecr.io (a zone for nsd)
# and questions (for dnsperf: A and AAAA of each) are about the same ones.
BEGIN {
	split("westeurope eastus northeurope westus2 southeastasia japaneast uksouth francecentral australiaeast", region, " ")
	spec = folder "/postern.yaml"; zone = folder "/azurecr.io"; asked = folder "/questions"
	print "version: 1\nregistries:" > spec
	print "$ORIGIN azurecr.io.\n@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60\n@ 300 IN NS ns.example." > zone
	for (i = 0; i < names / 10; i++) {
		name = sprintf("bench%06d", i)
		print "  - {name: " name ", region: westeurope, replicas: [eastus, northeurope, westus2, southeastasia, japaneast, uksouth, francecentral, australiaeast], mode: public, data_endpoints: dedicated}" > spec
		for (r = 0; r <= 9; r++) {
			host = r ? name "." region[r] ".data" : name
			n = i * 10 + r
			printf "%s 300 IN CNAME c%d.fe\nc%d.fe 10 IN A 20.%d.%d.%d\n", host, n, n, 50 + int(n / 65536), int(n / 256) % 256, n % 256 > zone
			print host ".azurecr.io A\n" host ".azurecr.io AAAA" > asked
		}
	}
	print "clients:\n  - {name: nodes, addresses: [10.240.0.0/16], families: [ipv4], operations: [pull]}\ndns: {servers: [127.0.0.1]}\negress: {default: deny}\noutputs:\n  - {backend: nftables, hook: forward}" > spec
}
