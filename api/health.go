package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Health is the body of /healthz and /readyz.
type Health struct {
	Status string  `json:"status" enum:"ok,failing"`
	Checks []Check `json:"checks"`
}

type healthOutput struct {
	Status int
	Body   Health
}

// health adds /healthz (the process answers) and /readyz (its parts answer too).
func (s *server) health(doc huma.API) {
	huma.Register(doc, huma.Operation{
		OperationID: "getHealth", Method: http.MethodGet, Path: "/healthz", Summary: "Does the process answer?", Tags: []string{"operations"},
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		return &healthOutput{Status: http.StatusOK, Body: Health{Status: "ok", Checks: []Check{}}}, nil
	})
	huma.Register(doc, huma.Operation{
		OperationID: "getReadiness", Method: http.MethodGet, Path: "/readyz", Summary: "Do its parts answer?", Tags: []string{"operations"},
		Description: "200 when every part answers, else 503 with the same body.",
	}, func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
		out := &healthOutput{Status: http.StatusOK, Body: Health{Status: "ok", Checks: []Check{}}}
		if s.Ready == nil {
			return out, nil
		}
		out.Body.Checks = append(out.Body.Checks, s.Ready(ctx)...)
		for _, c := range out.Body.Checks {
			if !c.OK {
				out.Status, out.Body.Status = http.StatusServiceUnavailable, "failing"
			}
		}
		return out, nil
	})
}
