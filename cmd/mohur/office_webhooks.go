package main

import "mohur/internal/webhook"

// officeWebhooks are what events leave by.
type officeWebhooks struct {
	keys      *webhook.Keys
	deliverer *webhook.Deliverer
}

// openWebhooks makes the way of events to programs.
func (o *office) openWebhooks() error {
	master, err := o.cfg.webhookSecret()
	if err != nil {
		return err
	}
	if o.hooks.keys, err = webhook.NewKeys(master); err != nil {
		return err
	}
	o.hooks.deliverer, err = webhook.New(webhook.Options{
		Store: o.store, Keys: o.hooks.keys, Send: o.client, Now: o.now, Log: o.log, Plain: o.cfg.Webhooks.Plain,
	})
	return err
}
