$ORIGIN azcr.io.
@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60
@ 300 IN NS ns.example.
xxxx.xx 300 IN CNAME xxxx-xxx-reg.trafficmanager.net.
