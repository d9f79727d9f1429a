; Host names of output 'zone'.
; Made by postern from a spec: change the spec, not this file.
; The serial stays 1: nobody transfers this zone.  Load it with
; 'rndc reload privatelink.azurecr.io'.
$ORIGIN privatelink.azurecr.io.
$TTL 10
@ IN SOA localhost. root.localhost. ( 1 3600 300 1209600 10 )
@ IN NS localhost.
myregistry IN A 10.0.0.4 ; postern:builders/myregistry
myregistry.westeurope.data IN A 10.0.0.5 ; postern:builders/myregistry
myregistry.eastus.data IN A 10.0.0.6 ; postern:builders/myregistry
