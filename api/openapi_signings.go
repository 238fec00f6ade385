package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"mohur/internal/webeid"
)

// describeSignings adds the routes of signatures in two steps.
func (s *server) describeSignings(paths map[string]map[string]*operation, types *schemas, problems *schema) {
	if s.Signings == nil {
		return
	}
	state := content("application/json", types.of(reflect.TypeFor[SigningAnswer]()))
	algorithm := types.of(reflect.TypeFor[webeid.SignatureAlgorithm]())
	id := inPath("id", "id of the signing")
	base64 := func(text string) *schema {
		return &schema{Type: "string", ContentEncoding: "base64", Description: text}
	}
	for _, rt := range []route{
		{
			method: http.MethodPost, path: "/v1/signings", id: "postSigning", summary: "Prepare a person's signature: certificate and document in, hash out", status: 201, answer: state,
			more: "For known callers. The certificate must be in force, lead to a trusted anchor and be for signatures. The person's key signs the hash wherever it is: through Web eID, a phone, another server. The value is taken for ten minutes, once. A document has at most " +
				strconv.FormatInt(s.MaxBytes, 10) + " bytes.",
			refusals: []int{400, 408, 413, 422, 503},
			body: &requestBody{true, map[string]mediaType{"application/json": {
				Schema: &schema{Type: "object", Required: []string{"certificate", "document"}, AdditionalProperties: false, Properties: map[string]*schema{
					"certificate":                  base64("the signing certificate, DER"),
					"document":                     {Type: "object", Required: []string{"content"}, AdditionalProperties: false, Properties: map[string]*schema{"name": textSchema(), "content": base64("the document")}},
					"supportedSignatureAlgorithms": {Type: "array", Items: algorithm, Description: "what the token can do, as Web eID says it; whatever the key is good for if absent"},
					"format":                       {Type: "string", Enum: []string{"PAdES", "CAdES"}, Default: "PAdES"},
					"level":                        {Type: "string", Enum: []string{"B-B", "B-T", "B-LT", "B-LTA"}, Description: "B-T if absent, B-B where no timestamp authority is configured"},
					"detached":                     {Type: "boolean", Description: "CAdES without the content inside"},
					"reason":                       described(textSchema(), "PAdES: stands in the signature"),
				}},
				Example: map[string]any{
					"certificate": "MIIC...", "document": map[string]any{"name": "letter.pdf", "content": "JVBE..."},
					"supportedSignatureAlgorithms": []any{map[string]any{"cryptoAlgorithm": "ECC", "hashFunction": "SHA-256", "paddingScheme": "NONE"}},
				},
			}}},
		},
		{
			method: http.MethodPut, path: signingsPath + "{id}", id: "putSigning", summary: "Finish a person's signature: the value in, the document signed and verified", status: 200, answer: state,
			more:     "The value is checked against the hash of the first step before anything else; one that does not fit ends the signing. The document gets its timestamp and is judged by our own verification; unless the new signature is TOTAL-PASSED nothing is kept. The same value again gets the same answer. After a 503 it may be sent again.",
			params:   []parameter{id},
			refusals: []int{400, 409, 413, 422, 503},
			body: &requestBody{true, map[string]mediaType{"application/json": {
				Schema: &schema{Type: "object", Required: []string{"signature"}, AdditionalProperties: false, Properties: map[string]*schema{
					"signature":          base64("ECDSA as r || s when signatureAlgorithm is given, else that or DER"),
					"signatureAlgorithm": algorithm,
					"certificate":        base64("when given, it must be the first step's"),
				}},
				Example: map[string]any{"signature": "MEUCIQ...", "signatureAlgorithm": map[string]any{"cryptoAlgorithm": "ECC", "hashFunction": "SHA-256", "paddingScheme": "NONE"}},
			}}},
		},
		{method: http.MethodGet, path: signingsPath + "{id}", id: "getSigning", summary: "How far a signature is", status: 200, answer: state, params: []parameter{id}},
		{
			method: http.MethodGet, path: signingsPath + "{id}/document", id: "getSigned", summary: "The signed document, for a day", status: 200, params: []parameter{id}, refusals: []int{409},
			answer: map[string]mediaType{"application/pdf": {Schema: binarySchema()}, "application/pkcs7-mime": {Schema: binarySchema()}},
		},
	} {
		o := &operation{
			OperationID: rt.id, Summary: rt.summary, Description: rt.more, Tags: []string{"signing"}, Parameters: rt.params, RequestBody: rt.body,
			Responses: map[string]*response{strconv.Itoa(rt.status): {Description: http.StatusText(rt.status), Content: rt.answer}},
		}
		o.refusals(problems, append([]int{401, 404, 429, 500}, rt.refusals...)...)
		if paths[rt.path] == nil {
			paths[rt.path] = map[string]*operation{}
		}
		paths[rt.path][strings.ToLower(rt.method)] = o
	}
}
