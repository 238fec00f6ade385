package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// describeSeals adds the routes of seals.
func (s *server) describeSeals(paths map[string]map[string]*operation, types *schemas, problems *schema) {
	if s.Seals == nil {
		return
	}
	for _, rt := range append(s.sealRoutes(types), s.sealBatchRoutes(types)...) {
		o := &operation{
			OperationID: rt.id, Summary: rt.summary, Description: rt.more, Tags: []string{"sealing"}, Parameters: rt.params, RequestBody: rt.body,
			Responses: map[string]*response{strconv.Itoa(rt.status): {Description: http.StatusText(rt.status), Content: rt.answer}},
		}
		if rt.id == "postSeal" {
			o.Responses["202"] = &response{"received, or being sealed: with Prefer: respond-async", content("application/json", types.of(reflect.TypeFor[SealAnswer]()))}
		}
		o.refusals(problems, append([]int{401, 403, 404, 429, 500}, rt.refusals...)...)
		if paths[rt.path] == nil {
			paths[rt.path] = map[string]*operation{}
		}
		paths[rt.path][strings.ToLower(rt.method)] = o
	}
}

// sealParams are the parameters of a seal.
func sealParams() []parameter {
	text := func(name, in, description string, required bool) parameter {
		return parameter{Name: name, In: in, Description: description, Schema: textSchema(), Required: required}
	}
	packaging := text("packaging", "query", "of a CAdES profile", false)
	packaging.Schema = &schema{Type: "string", Enum: []string{"detached", "enveloping"}, Default: "detached"}
	return []parameter{
		text("Idempotency-Key", "header", "at most 255 printable characters, new for each wish and the same for its repetitions; kept for seven days", true),
		text("profile", "query", "name of the seal profile; here or in the form", false), packaging,
	}
}

// sealRoutes are those of one seal.
func (s *server) sealRoutes(types *schemas) []route {
	state := types.of(reflect.TypeFor[SealAnswer]())
	id := inPath("id", "id of the request")
	sealed := map[string]mediaType{"application/pdf": {Schema: binarySchema()}, "application/pkcs7-mime": {Schema: binarySchema()}}
	prefer := parameter{Name: "Prefer", In: "header", Description: "respond-async (RFC 7240, 4.1): the answer is 202, and what can't be done now is tried again", Schema: textSchema()}
	digest := parameter{Name: "digest", In: "query", Description: "SHA256:VALUE of a document that is not sent, for a detached CAdES seal, where the profile allows hashes", Schema: textSchema()}
	return []route{
		{
			method: http.MethodPost, path: "/v1/seals", id: "postSeal", summary: "Seal a document", status: 201,
			more: "For callers that showed a key: mutual TLS, or an access token of /oauth2/token. What may be sealed is the profile's matter. The same key with the same request is answered from the first one, failures too; with another request it is refused with 422; while the first is being worked on, with 409. A 503 says that nothing was released: another try wants a new key. With Accept: application/pdf or application/pkcs7-mime the answer is the sealed document itself. A document has at most " +
				strconv.FormatInt(s.MaxBytes, 10) + " bytes.",
			params: append(sealParams(), digest, prefer, languageParam()), refusals: []int{400, 408, 409, 413, 415, 422, 503},
			answer: map[string]mediaType{"application/json": {Schema: state}, "application/pdf": {Schema: binarySchema()}, "application/pkcs7-mime": {Schema: binarySchema()}},
			body: &requestBody{true, map[string]mediaType{
				"multipart/form-data": {Schema: &schema{Type: "object", Properties: map[string]*schema{
					"file": binarySchema(), "profile": textSchema(), "packaging": textSchema(), "digest": textSchema(), "language": textSchema(),
				}}},
				"application/octet-stream": {Schema: binarySchema()}, "application/pdf": {Schema: binarySchema()},
			}},
		},
		{method: http.MethodGet, path: sealsPath + "{id}", id: "getSeal", summary: "How far a seal is", status: 200, answer: content("application/json", state), params: []parameter{id}},
		{method: http.MethodGet, path: sealsPath + "{id}/document", id: "getSealed", summary: "The sealed document, for ninety days", status: 200, answer: sealed, params: []parameter{id}},
	}
}

// sealBatchRoutes are those of batches of seals.
func (s *server) sealBatchRoutes(types *schemas) []route {
	json := content("application/json", types.of(reflect.TypeFor[SealBatchAnswer]()))
	id := inPath("id", "id of the batch")
	after := parameter{Name: "after", In: "query", Description: "begin behind this place", Schema: &schema{Type: "integer"}}
	return []route{
		{
			method: http.MethodPost, path: "/v1/seal-batches", id: "postSealBatch", summary: "Seal many documents in the background", status: 202, answer: json,
			more: "Each document is a request of its own: what the profile does not admit is refused alone. At most " + strconv.Itoa(s.MaxBatch) + " documents of together " +
				strconv.FormatInt(s.MaxBatchBytes, 10) + " bytes. The work goes on after a restart of the service.",
			params: sealParams(), refusals: []int{400, 408, 413, 415, 422, 503},
			body: &requestBody{true, map[string]mediaType{"multipart/form-data": {Schema: &schema{Type: "object", Properties: map[string]*schema{
				"file": {Type: "array", Items: binarySchema()}, "digest": {Type: "array", Items: textSchema()}, "profile": textSchema(), "packaging": textSchema(), "language": textSchema(),
			}}}}},
		},
		{method: http.MethodGet, path: sealBatchesPath + "{id}", id: "getSealBatch", summary: "How far a batch of seals has come", status: 200, answer: json, params: []parameter{id}},
		{
			method: http.MethodGet, path: sealBatchesPath + "{id}/seals", id: "getBatchSeals", summary: "The requests of a batch, a JSON line each", status: 200, params: []parameter{id, after},
			answer: content("application/jsonl", types.of(reflect.TypeFor[SealAnswer]())), refusals: []int{400},
		},
		{method: http.MethodPost, path: sealBatchesPath + "{id}/cancel", id: "cancelSealBatch", summary: "End a batch; what was intended is finished", status: 200, answer: json, params: []parameter{id}, refusals: []int{409}},
	}
}
