$ORIGIN azurecr.io.
@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60
@ 300 IN NS ns.example.
myregistry 1783 IN CNAME myregistry.privatelink.azurecr.io.
