#!/bin/bash
REGISTRY=contoso
az network private-dns record-set a add-record -g "$GROUP" -z privatelink.azurecr.io \
  -n "$REGISTRY" -a 10.1.2.4 --overwrite true # postern:aks-nodes/contoso
az network private-dns record-set a add-record -g "$GROUP" -z privatelink.azurecr.io \
  -n "$REGISTRY.$REGION.data" -a "$DATA_ENDPOINT_PRIVATE_IP"
