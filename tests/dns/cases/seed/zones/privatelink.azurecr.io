$ORIGIN privatelink.azurecr.io.
@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60
@ 300 IN NS ns.example.
myregistry 10 IN A 10.0.0.7
