package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"mohur/internal/notify"
)

// gateway is the provider of SMS that the configuration describes, nil for none. Its client is set by who has one.
func (c smsConfig) gateway() (*notify.Gateway, error) {
	if c.URL == "" {
		return nil, nil
	}
	g := &notify.Gateway{URL: c.URL, Method: strings.ToUpper(c.Method), Headers: c.Headers, ContentType: c.ContentType, Body: c.Body}
	if err := notify.CheckGateway(g); err != nil {
		return nil, fmt.Errorf(`configuration: "sms.url" or "sms.body": %w`, err)
	}
	if c.Success != "" {
		rule, err := regexp.Compile(c.Success)
		if err != nil {
			return nil, fmt.Errorf(`configuration: "sms.success": %w`, err)
		}
		g.Success = rule
	}
	if c.TokenFile != "" {
		b, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf(`configuration: "sms.token_file": %w`, err)
		}
		g.Token = strings.TrimSpace(string(b))
	}
	return g, nil
}
