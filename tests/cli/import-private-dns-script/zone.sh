az network private-dns zone create --resource-group rg --name "privatelink.azurecr.io"
az network private-dns record-set a create --name contoso --zone-name "privatelink.azurecr.io
