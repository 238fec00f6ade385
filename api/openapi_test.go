package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// described holds an answer against the schema that the OpenAPI document gives for it, and lists where they differ.
type describedAnswer struct {
	named map[string]*schema
	wrong []string
}

func (d *describedAnswer) check(path string, s *schema, v any) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		if s = d.named[name]; s == nil {
			d.wrong = append(d.wrong, path+": no schema "+name)
			return
		}
	}
	if len(s.OneOf) > 0 { // a reference, or null
		if v != nil {
			d.check(path, s.OneOf[0], v)
		}
		return
	}
	if s.Type == nil {
		return // anything
	}
	kind := map[reflect.Kind]string{reflect.Map: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean", reflect.Float64: "number"}[reflect.ValueOf(v).Kind()]
	if v == nil {
		kind = "null"
	}
	if !slices.Contains(typesOf(s.Type), kind) && (kind != "number" || !slices.Contains(typesOf(s.Type), "integer")) {
		d.wrong = append(d.wrong, fmt.Sprintf("%s is %s, not %v", path, kind, s.Type))
		return
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			d.check(fmt.Sprintf("%s/%d", path, i), s.Items, item)
		}
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				d.wrong = append(d.wrong, path+" lacks "+name)
			}
		}
		for name, value := range v {
			p := s.Properties[name]
			if more, ok := s.AdditionalProperties.(map[string]any); p == nil && ok {
				p = &schema{Type: more["type"]} // of a table: words, or whatever
			}
			if p == nil {
				d.wrong = append(d.wrong, path+" has "+name)
				continue
			}
			d.check(path+"/"+name, p, value)
		}
	case string:
		d.text(path, s, v)
	}
}

// text checks what a schema says of a string.
func (d *describedAnswer) text(path string, s *schema, v string) {
	if s.Format == "date-time" {
		if _, err := time.Parse(time.RFC3339, v); err != nil {
			d.wrong = append(d.wrong, path+" is no time: "+v)
		}
	}
	if s.ContentEncoding == "base64" {
		if _, err := base64.StdEncoding.DecodeString(v); err != nil {
			d.wrong = append(d.wrong, path+" is no base64")
		}
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		d.wrong = append(d.wrong, path+" is "+v)
	}
}

// typesOf lists the types of a schema that came through JSON.
func typesOf(t any) []string {
	switch t := t.(type) {
	case string:
		return []string{t}
	case []any:
		var out []string
		for _, n := range t {
			out = append(out, fmt.Sprint(n))
		}
		return out
	}
	return nil
}

// TestAnswersAreAsDescribed holds real answers of every kind of route against the document.
func TestAnswersAreAsDescribed(t *testing.T) {
	url, s, signature, at := signedWorld(t)
	_, text := send(t, "GET", url+"/openapi.json", "", "", nil)
	var doc struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]*schema }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	salam := encoded([]byte("salam"))
	dss := fmt.Sprintf(`{"signedDocument":{"bytes":%q,"name":"a.p7s"},"originalDocuments":[{"bytes":%q,"name":"a.txt"}],"policy":null,"signatureId":null}`, encoded(signature), salam)
	kind, upload := form([3]string{"file", "a.p7s", string(signature)}, [3]string{"detached", "a.txt", "salam"})
	for _, c := range []struct{ method, path, query, kind, body string }{
		{"POST", "/services/rest/validation/validateSignature", "", "application/json", dss},
		{"POST", "/services/rest/validation/getOriginalDocuments", "", "application/json", dss},
		{"POST", "/services/rest/certificate-validation/validateCertificate", "", "application/json", fmt.Sprintf(`{"certificate":{"encodedCertificate":%q},"certificateChain":[],"validationTime":%d}`, encoded(s.Certificate), at.Add(time.Minute).UnixMilli())},
		{"POST", "/v1/certificates/validations", "", "application/pkix-cert", string(s.Certificate)},
		{"POST", "/validate", "", "application/json", fmt.Sprintf(`{"filename":"a.p7s","document":%q}`, encoded(signature))},
		{"POST", "/v1/verifications", "", kind, readAll(t, upload)},
		{"POST", "/v1/verifications", "?policy=nobody", "application/pdf", "x"},
		{"GET", "/healthz", "", "", ""},
		{"GET", "/readyz", "", "", ""},
	} {
		res, text := send(t, c.method, url+c.path+c.query, c.kind, "", strings.NewReader(c.body))
		r := doc.Paths[c.path][strings.ToLower(c.method)].Responses[fmt.Sprint(res.StatusCode)]
		media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
		if r == nil || r.Content[media].Schema == nil {
			t.Errorf("%s: %d %s is not described: %s", c.path, res.StatusCode, media, text)
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		d := describedAnswer{named: doc.Components.Schemas}
		d.check(c.path, r.Content[media].Schema, v)
		if len(d.wrong) > 0 {
			t.Errorf("%s (%d): %s", c.path, res.StatusCode, strings.Join(d.wrong, "; "))
		}
	}
}

func TestSchemas(t *testing.T) {
	type inner struct {
		A int `json:"a"`
	}
	type base struct {
		Kind string `json:"kind" enum:"x,y"`
	}
	type node struct {
		base
		Next     *node            `json:"next"`
		Maybe    *inner           `json:"maybe,omitempty"`
		List     []inner          `json:"list"`
		Bytes    []byte           `json:"bytes"`
		When     *time.Time       `json:"when"`
		Table    map[string]int32 `json:"table"`
		Any      any              `json:"any"`
		Raw      json.RawMessage  `json:"raw,omitempty"`
		Serial   *big.Int         `json:"serial"`
		Plain    float64
		Left     string `json:"-"`
		unnamed  string
		Anything struct {
			B bool `json:"b"`
		} `json:"anything" doc:"a struct without a name" example:"e"`
	}
	var c schemas
	_ = node{}.unnamed
	if got := c.of(reflect.TypeFor[[]*node]()); c.err != nil || got.Type != "array" || got.Items.OneOf[0].Ref != "#/components/schemas/Node" {
		t.Fatalf("%+v %v", got, c.err)
	}
	got, err := json.Marshal(c.named)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Inner":{"type":"object","properties":{"a":{"type":"integer","format":"int64"}},"required":["a"],"additionalProperties":false},` +
		`"Node":{"type":"object","properties":{"Plain":{"type":"number","format":"double"},"any":{},` +
		`"anything":{"type":"object","description":"a struct without a name","properties":{"b":{"type":"boolean"}},"required":["b"],"additionalProperties":false,"examples":["e"]},` +
		`"bytes":{"type":["string","null"],"contentEncoding":"base64"},"kind":{"type":"string","enum":["x","y"]},` +
		`"list":{"type":["array","null"],"items":{"$ref":"#/components/schemas/Inner"}},"maybe":{"$ref":"#/components/schemas/Inner"},` +
		`"next":{"oneOf":[{"$ref":"#/components/schemas/Node"},{"type":"null"}]},"raw":{},"serial":{"type":["integer","null"]},` +
		`"table":{"type":["object","null"],"additionalProperties":{"type":"integer","format":"int32"}},"when":{"type":["string","null"],"format":"date-time"}},` +
		`"required":["kind","next","list","bytes","when","table","any","serial","Plain","anything"],"additionalProperties":false}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c.of(reflect.TypeFor[chan int]()); c.err == nil {
		t.Error("a type that JSON can't hold must be refused")
	}
	c = schemas{}
	c.of(reflect.TypeFor[Problem]())
	type Problem struct{}
	if c.of(reflect.TypeFor[Problem]()); c.err == nil {
		t.Error("two types of one name must be refused")
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
