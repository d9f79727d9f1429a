"""mutate - Small faults for the artifacts of each back end"""
from faults import (azfw_faults, azure_dns_faults, bind_faults, dnsmasq_faults, hosts_faults,
                    nft_faults, nsg_faults, squid_faults, unbound_faults)

MUTATIONS = {"nftables": nft_faults.MUTATIONS, "azure-nsg": nsg_faults.MUTATIONS,
             "azure-firewall": azfw_faults.MUTATIONS, "squid": squid_faults.MUTATIONS,
             "hosts": hosts_faults.MUTATIONS, "bind": bind_faults.MUTATIONS,
             "unbound": unbound_faults.MUTATIONS, "dnsmasq": dnsmasq_faults.MUTATIONS,
             "azure-private-dns": azure_dns_faults.MUTATIONS}


def mutants(backend, text, random, count):
    """Yields (what was done, text) for as many different texts"""
    mutations, seen = MUTATIONS[backend], {text}
    names, tries = sorted(mutations), 0
    while len(seen) <= count and tries < 50 * count:
        tries += 1
        done, mutant = [], text
        for _ in range(2 if random.random() < 0.15 else 1):
            name = random.choice(names)
            changed = mutations[name](mutant, random)
            if changed is not None:
                mutant = changed
                done.append(name)
        if mutant not in seen:
            seen.add(mutant)
            yield ", ".join(done), mutant
