$ORIGIN cloudapp.azure.com.
@ 300 IN SOA ns.example. h.example. 1 3600 300 86400 60
@ 300 IN NS ns.example.
xxxx.westeurope 10 IN A 20.45.122.144
