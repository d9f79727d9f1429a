; Host names of output 'bind'.
; Made by postern from a spec: change the spec, not this file.
; The serial stays 1: nobody transfers this zone.  Load it with
; 'rndc reload privatelink.azurecr.io'.
$ORIGIN privatelink.azurecr.io.
$TTL 10
@ IN SOA localhost. root.localhost. ( 1 3600 300 1209600 10 )
@ IN NS localhost.
contoso IN A 10.1.2.4 ; postern:build-hosts/contoso
contoso.westeurope.data IN A 10.1.2.5 ; postern:build-hosts/contoso
contoso.northeurope.data IN A 10.1.2.6 ; postern:build-hosts/contoso
