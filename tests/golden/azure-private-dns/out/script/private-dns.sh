#!/bin/sh
# Private DNS zone privatelink.azurecr.io of output 'script'.
# Made by postern from a spec: change the spec, not this file.
# It may be run again: then each record is gone for a second.
set -eu
: "${RESOURCE_GROUP:?is the resource group of the zone}"
: "${NETWORK_NAME:?is the name or id of the virtual network}"

az network private-dns zone show \
  --resource-group "$RESOURCE_GROUP" \
  --name "privatelink.azurecr.io" > /dev/null 2>&1 ||
az network private-dns zone create \
  --resource-group "$RESOURCE_GROUP" \
  --name "privatelink.azurecr.io"

az network private-dns link vnet show \
  --resource-group "$RESOURCE_GROUP" \
  --zone-name "privatelink.azurecr.io" \
  --name MyDNSLink > /dev/null 2>&1 ||
az network private-dns link vnet create \
  --resource-group "$RESOURCE_GROUP" \
  --zone-name "privatelink.azurecr.io" \
  --name MyDNSLink \
  --virtual-network "$NETWORK_NAME" \
  --registration-enabled false

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
  --ipv4-address 10.1.2.4 # postern:aks-nodes/contoso

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
  --ipv4-address 10.1.2.5 # postern:aks-nodes/contoso

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
  --ipv4-address 10.1.2.6 # postern:aks-nodes/contoso

az network private-dns record-set a delete --yes \
  --name 4fabrikam \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP"
az network private-dns record-set a create \
  --name 4fabrikam \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ttl 10
az network private-dns record-set a add-record \
  --record-set-name 4fabrikam \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ipv4-address 10.1.2.36 # postern:aks-nodes/4fabrikam

az network private-dns record-set a delete --yes \
  --name 4fabrikam.eastus.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP"
az network private-dns record-set a create \
  --name 4fabrikam.eastus.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ttl 10
az network private-dns record-set a add-record \
  --record-set-name 4fabrikam.eastus.data \
  --zone-name privatelink.azurecr.io \
  --resource-group "$RESOURCE_GROUP" \
  --ipv4-address 10.1.2.37 # postern:aks-nodes/4fabrikam
