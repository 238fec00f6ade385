package main

import (
	"time"

	"mohur/certs"
	"mohur/internal/fetch"
)

// onlineRevocation asks the responders and lists that certificates name, through the guarded client and a cache for this run.
func onlineRevocation(mappings []string) (certs.RevocationSource, error) {
	client, err := newClient(mappings)
	if err != nil {
		return nil, err
	}
	return &certs.OnlineRevocation{Fetch: fetch.NewCache(client, fetch.CacheOptions{Now: time.Now}), Now: time.Now}, nil
}
