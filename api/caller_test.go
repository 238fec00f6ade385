package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"mohur/api/mount"
	"mohur/docket"
)

// whoAmI is a mounted route that says who asks.
func whoAmI(o *Options) {
	o.Callers = map[string]Caller{TokenHash("fixed"): {Name: "portal", Tenant: "agency"}}
	o.Authenticate = func(r *http.Request) (Caller, bool, error) {
		switch token, ok := mount.Bearer(r); {
		case ok && token == "opaque":
			return Caller{Name: "erp", Tenant: "agency", Method: MethodOAuth2}, true, nil
		case ok && token == "unlucky":
			return Caller{}, false, docket.Refuse(docket.CodeUnavailable, docket.KeyDatabase)
		case ok:
			return Caller{}, false, errors.New("nobody's")
		}
		return Caller{}, false, nil
	}
	o.Mounted = []Route{{
		Method: http.MethodPost, Path: "/who", ID: "who", Summary: "Who asks", Tag: "test", Request: map[string]string{}, Answer: map[string]string{},
		Handler: func(w http.ResponseWriter, r *http.Request) {
			c := CallerOf(r)
			mount.WriteJSON(w, http.StatusOK, map[string]string{"name": c.Name, "method": string(c.Method)})
		},
	}, {
		Method: http.MethodGet, Path: "/open", ID: "open", Summary: "Open", Tag: "test", Open: true,
		Handler: func(w http.ResponseWriter, r *http.Request) {
			mount.WriteJSON(w, http.StatusOK, map[string]string{"name": CallerOf(r).Name})
		},
	}}
}

func TestCallersAreRecognised(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, whoAmI)
	for _, c := range []struct {
		path, header string
		status       int
		has          string
	}{
		{"/who", "", 200, `"name":""`},
		{"/who", "Bearer fixed", 200, `"method":"token"`},
		{"/who", "bearer opaque", 200, `"name":"erp"`},
		{"/who", "Bearer unlucky", 503, `"error":"temporarily_unavailable"`}, // the database is away
		{"/who", "Bearer other", 401, `"error":"invalid_token"`},
		{"/who", "Basic Zml4ZWQ6", 401, `"error":"invalid_token"`},
		{"/who", "Bearer ", 401, `"error":"invalid_token"`},
		{"/open", "Basic eDp5", 200, `"name":""`}, // the handler's own business
	} {
		method := map[bool]string{true: http.MethodGet, false: http.MethodPost}[c.path == "/open"]
		req, _ := http.NewRequest(method, url+c.path, nil)
		if c.header != "" {
			req.Header.Set("Authorization", c.header)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body := readAll(t, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s %q: %d %s", c.path, c.header, res.StatusCode, body)
		}
		if c.status == 401 && res.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", c.path)
		}
	}
}

func TestMountedRoutesAreDescribed(t *testing.T) {
	url, _ := serve(t, &fakeVerifier{}, whoAmI)
	_, text := send(t, "GET", url+"/openapi.json", "", "", nil)
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if o := doc.Paths["/who"]["post"]; o.OperationID != "who" || o.Responses["401"] == nil || o.RequestBody == nil {
		t.Errorf("operation is %+v", o)
	}
}

// TestStrongCallers holds what sealing asks of a caller.
func TestStrongCallers(t *testing.T) {
	for m, strong := range map[Method]bool{"": false, MethodToken: false, MethodOAuth2: true, MethodMTLS: true} {
		if (Caller{Method: m}).Strong() != strong {
			t.Errorf("%q is strong: %v", m, !strong)
		}
	}
}
