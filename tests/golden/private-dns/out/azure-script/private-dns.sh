#!/bin/sh
# Private DNS zone privatelink.azurecr.io of output 'azure-script'.
# Made by postern from a spec: change the spec, not this file.
# It may be run again: then each record is gone for a second.
set -eu
: "${RESOURCE_GROUP:?is the resource group of the zone}"

az network private-dns zone show \
  --resource-group "$RESOURCE_GROUP" \
  --name "privatelink.azurecr.io" > /dev/null 2>&1 ||
az network private-dns zone create \
  --resource-group "$RESOURCE_GROUP" \
  --name "privatelink.azurecr.io"

az network private-dns record-set a delete --yes \
  --name contoso \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP"
az network private-dns record-set a create \
  --name contoso \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ttl 10
az network private-dns record-set a add-record \
  --record-set-name contoso \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ipv4-address 10.1.2.4 # postern:build-hosts/contoso

az network private-dns record-set a delete --yes \
  --name contoso.westeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP"
az network private-dns record-set a create \
  --name contoso.westeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ttl 10
az network private-dns record-set a add-record \
  --record-set-name contoso.westeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ipv4-address 10.1.2.5 # postern:build-hosts/contoso

az network private-dns record-set a delete --yes \
  --name contoso.northeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP"
az network private-dns record-set a create \
  --name contoso.northeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ttl 10
az network private-dns record-set a add-record \
  --record-set-name contoso.northeurope.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ipv4-address 10.1.2.6 # postern:build-hosts/contoso
