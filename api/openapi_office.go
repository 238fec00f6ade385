package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"mohur/docket"
)

// Patterns of JSON Schema: a text that PostgreSQL can hold, a file's content, a key of idempotency.
const (
	plainText      = `^[^\u0000]*$`
	base64Text     = `^([0-9A-Za-z+/]{4})*([0-9A-Za-z+/]{4}|[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)$`
	idempotencyKey = `^[0-9A-Za-z._:-]{1,255}$`
)

// Parameters of addresses, which the routes check by these very schemas.
func textParam(name, text string, most int) parameter {
	return parameter{Name: name, In: "query", Description: text, Schema: &schema{Type: "string", MaxLength: most, Pattern: plainText}}
}

func choiceParam[T ~string](name, text string, values ...T) parameter {
	p := textParam(name, text, 0)
	p.Schema.Pattern = ""
	for _, v := range values {
		p.Schema.Enum = append(p.Schema.Enum, string(v))
	}
	return p
}

func dayParam(name, text string) parameter {
	return parameter{Name: name, In: "query", Description: text, Schema: &schema{Type: "string", Format: "date"}}
}

func countParam(name, text string, least, most int64) parameter {
	return parameter{Name: name, In: "query", Description: text, Schema: &schema{Type: "integer", Minimum: new(least), Maximum: new(most)}}
}

func limitParam(most int64) parameter { return countParam("limit", "rows of a page", 1, most) }

func idParam(name, in, text string) parameter {
	return parameter{Name: name, In: in, Description: text, Schema: &schema{Type: "string", Format: "uuid"}, Required: in == "path"}
}

// formFields are the fields of a project's form. What is wrong with them is said when the record is prepared.
func formFields() []field {
	kinds := make([]string, 0, 8)
	for _, k := range docket.DocumentTypes() {
		kinds = append(kinds, string(k))
	}
	return []field{
		{name: "coverNumber", max: 50, doc: "number of the covering letter"},
		{name: "coverDate", format: "date", doc: "its date"},
		{name: "documentType", enum: kinds},
		{name: "projectName", max: 300},
		{name: "noStateSecret", kind: flagField, doc: "confirms that no state secret is sent"},
		{name: "officialUse", kind: flagField, doc: "for official use only"},
	}
}

// officeRoutes are the routes of the office, with everything that is said of them.
func (s *server) officeRoutes() []officeRoute {
	id, file := idParam("id", "path", "id"), idParam("file", "path", "id of the file")
	upload := []field{{name: "file", kind: fileField, required: true, doc: "its type is found by its content"}}
	one, bodies, registration, registrations := typed[SubmissionDetail], typed[BodyList], typed[RegistrationAnswer], typed[RegistrationList]
	get, post := http.MethodGet, http.MethodPost
	states := []docket.SubmissionState{
		docket.SubmissionDraft, docket.SubmissionVerifying, docket.SubmissionSent, docket.SubmissionAccepted, docket.SubmissionInReview, docket.SubmissionDeficient,
		docket.SubmissionDrafted, docket.SubmissionChecked, docket.SubmissionSealed, docket.SubmissionAnswered, docket.SubmissionWithdrawn, docket.SubmissionReturned, docket.SubmissionArchived,
	}
	of := func(method, path, id, summary string, scope docket.Scope, status int, answer map[string]mediaType, handle func(*server, *call) (*result, error), params ...parameter) officeRoute {
		return officeRoute{route: route{method: method, path: path, id: id, summary: summary, status: status, answer: answer, params: params}, scope: scope, handle: handle}
	}
	octets := content("*/*", binarySchema())
	routes := []officeRoute{
		of(get, "/v1/bodies", "listBodies", "Search the directory of state bodies", "", 200, bodies(), listBodies, textParam("q", "part of the name", 100), limitParam(200)),
		of(post, "/v1/registrations", "postRegistration", "Register a body: the signed application letter is verified at once", "", 201, registration(), postRegistration).
			with([]field{
				{name: "body", required: true, format: "uuid", doc: "id of the body, from /v1/bodies"},
				{name: "email", required: true, max: 254, format: "email"},
				{name: "mobile", required: true, max: 20, doc: "+994 and nine digits"},
				{name: "letter", kind: fileField, required: true, doc: "the application letter, signed"},
			}, madeRegistration),
		of(get, "/v1/registrations", "listRegistrations", "Registrations: the agency's programs all, a body's its own", docket.ScopeRegistrationsRead, 200, registrations(), listRegistrations,
			textParam("q", "part of the body's name", 100), choiceParam("state", "only of this state", docket.RegistrationVerifying, docket.RegistrationSubmitted, docket.RegistrationApproved, docket.RegistrationRefused, docket.RegistrationSuspended),
			countParam("cursor", "next of the page before", 0, 1<<31-1), limitParam(200)),
		of(get, "/v1/registrations/{id}", "getRegistration", "A registration, by its id or by the key that its maker was given", "", 200, registration(), getRegistration, inPath("id", "id or key")),
		of(get, "/v1/submissions", "listSubmissions", "Projects, with every filter of the page", docket.ScopeSubmissionsRead, 200, typed[SubmissionList](), listSubmissions,
			textParam("name", "part of the project's name", 300), textParam("number", "part of the covering letter's number or of ours", 50), choiceParam("state", "only of this state", states...),
			dayParam("received_from", "received on this day or later"), dayParam("received_to", "received on this day or before"), dayParam("due_from", "due on this day or later"), dayParam("due_to", "due on this day or before"),
			choiceParam("order", "newest first if absent", docket.OrderReceived, docket.OrderDue, docket.OrderName), choiceParam("drafts", "drafts too", "true", "false"), idParam("cursor", "query", "next of the page before"), limitParam(200)),
		of(post, "/v1/submissions", "postSubmission", "Start a project as a draft", docket.ScopeSubmissionsWrite, 201, one(), postSubmission).with(formFields(), madeSubmission),
		of(get, submissionsPath+"{id}", "getSubmission", "A project with what belongs to it", docket.ScopeSubmissionsRead, 200, one(), getSubmission, id),
		of(http.MethodPut, submissionsPath+"{id}", "putSubmission", "Replace the form of a draft or of an opened correction", docket.ScopeSubmissionsWrite, 200, one(), putSubmission, id, ifMatch()).with(formFields(), nil),
		of(post, submissionsPath+"{id}/files", "postFile", "Add a file to a draft or to an opened correction", docket.ScopeSubmissionsWrite, 201, typed[FileAnswer](), postFile, id).with(upload, madeFile).orRaw(),
		of(get, submissionsPath+"{id}/files/{file}", "getSubmissionFile", "A file, byte for byte", docket.ScopeSubmissionsRead, 200, octets, getSubmissionFile, id, file),
		of(http.MethodDelete, submissionsPath+"{id}/files/{file}", "deleteSubmissionFile", "Take a file out of a draft or of an opened correction", docket.ScopeSubmissionsWrite, 204, nil, deleteSubmissionFile, id, file),
		of(post, submissionsPath+"{id}/record", "postRecord", "Check form and files and make the record to sign", docket.ScopeSubmissionsWrite, 200, one(), postRecord, id),
		of(get, submissionsPath+"{id}/record", "getRecord", "The record to sign, PDF/A", docket.ScopeSubmissionsWrite, 200, octets, getRecord, id),
		of(http.MethodPut, submissionsPath+"{id}/record", "putRecord", "Send the project: the record as it was made, with a responsible person's signature after it", docket.ScopeSubmissionsWrite, 200, one(), putRecord, id).with(upload, nil).orRaw(),
		of(get, submissionsPath+"{id}/versions/{version}", "getVersion", "The signed record of a version", docket.ScopeSubmissionsRead, 200, octets, getVersion, id,
			parameter{Name: "version", In: "path", Description: "from 1", Schema: &schema{Type: "integer", Minimum: new(int64(1)), Maximum: new(int64(1 << 31))}, Required: true}),
		of(post, submissionsPath+"{id}/correction", "postCorrection", "Open a correction: a new version, to be signed again", docket.ScopeSubmissionsWrite, 200, one(), postCorrection, id),
		of(post, submissionsPath+"{id}/withdrawal", "postWithdrawal", "Withdraw a project, until its opinion is signed", docket.ScopeSubmissionsWrite, 200, one(), postWithdrawal, id).with(nil, madeWithdrawal),
		of(post, submissionsPath+"{id}/documents", "postDocument", "Add an additional document to a running project", docket.ScopeSubmissionsWrite, 201, typed[FileAnswer](), postDocument, id).with(upload, madeFile).orRaw(),
		of(get, submissionsPath+"{id}/notices", "listNotices", "Deficiency notices of a project", docket.ScopeSubmissionsRead, 200, typed[NoticeList](), listNotices, id),
		of(get, submissionsPath+"{id}/letters", "listSubmissionLetters", "Letters of a project", docket.ScopeLettersRead, 200, typed[LetterList](), listSubmissionLetters, id),
		of(get, submissionsPath+"{id}/messages", "listMessages", "Correspondence of a project; the other side's messages count as read then", docket.ScopeMessagesRead, 200, typed[MessageList](), listMessages, id,
			textParam("q", "part of text or author", 100), idParam("cursor", "query", "previous of the page after"), limitParam(200)),
		of(post, submissionsPath+"{id}/messages", "postMessage", "Write to the other side", docket.ScopeMessagesWrite, 201, typed[MessageAnswer](), postMessage, id).
			with([]field{{name: "text", required: true, max: 10000}, {name: "attachments", kind: filesField}}, madeMessage),
		of(get, "/v1/messages/{id}/attachments/{file}", "getAttachment", "A message's document", docket.ScopeMessagesRead, 200, octets, getAttachment, id, file),
		of(get, "/v1/letters", "listLetters", "A body's mailbox, newest first", docket.ScopeLettersRead, 200, typed[LetterList](), listLetters, countParam("cursor", "next of the page before", 0, 1<<31-1), limitParam(200)),
		of(get, "/v1/letters/{id}", "getLetter", "A letter", docket.ScopeLettersRead, 200, typed[LetterAnswer](), getLetter, id),
		of(get, "/v1/letters/{id}/document", "getLetterDocument", "The sealed file; a body's first download is recorded as its reading", docket.ScopeLettersRead, 200, octets, getLetterDocument, id),
		of(get, "/v1/numbers", "listNumbers", "A journal's numbers of a year, annulled ones too (the agency)", docket.ScopeNumbersRead, 200, typed[NumberList](), listNumbers,
			choiceParam("journal", "the journal", docket.JournalIncoming, docket.JournalOutgoing).needed(), textParam("case", "of the nomenclature; the journal's own if absent", 20), countParam("year", "this year if absent", 2000, 2199)),
		of(get, "/v1/events", "listEvents", "What happened after a place, in order; webhooks are told the same", docket.ScopeEventsRead, 200, typed[EventList](), listEvents,
			countParam("after", "the last place that is known", 0, 1<<62), choiceParam("type", "only of this type", docket.EventTypes()...), limitParam(1000)),
	}
	return routes
}

func (p parameter) needed() parameter { p.Required = true; return p }

func ifMatch() parameter {
	return parameter{Name: "If-Match", In: "header", Description: "ETag of what was read", Schema: &schema{Type: "string", MinLength: 1}, Required: true}
}

func (rt officeRoute) with(fields []field, made func(*server, *call) (*result, error)) officeRoute {
	rt.fields, rt.made = fields, made
	return rt
}

func (rt officeRoute) orRaw() officeRoute { rt.raw = true; return rt }

// typed is a JSON answer, whose schema is made where the document is.
func typed[T any]() map[string]mediaType {
	return map[string]mediaType{"application/json": {goType: reflect.TypeFor[T]()}}
}

// describeOffice adds the operations of the office.
func (s *server) describeOffice(paths map[string]map[string]*operation, types *schemas, problems *schema) {
	if s.Office == nil {
		return
	}
	for _, rt := range s.officeRoutes() {
		if paths[rt.path] == nil {
			paths[rt.path] = map[string]*operation{}
		}
		paths[rt.path][strings.ToLower(rt.method)] = s.officeOperation(rt, types, problems)
	}
}

func (s *server) officeOperation(rt officeRoute, types *schemas, problems *schema) *operation {
	o := &operation{OperationID: rt.id, Summary: rt.summary, Tags: []string{"office"}, Parameters: slices.Clone(rt.params), Responses: map[string]*response{}}
	ok := &response{Description: http.StatusText(rt.status)}
	for kind, m := range rt.answer {
		if m.goType != nil {
			m.Schema = types.of(m.goType)
		}
		if ok.Content == nil {
			ok.Content = map[string]mediaType{}
		}
		ok.Content[kind] = mediaType{Schema: m.Schema}
	}
	o.Responses[strconv.Itoa(rt.status)] = ok
	refusals := []int{400, 401, 403, 404, 409, 429, 500, 503}
	if rt.scope != "" {
		o.Security = []map[string][]string{{"token": {}}}
		o.Description = "Scope: `" + string(rt.scope) + "`."
	}
	if rt.method == http.MethodGet && rt.status == 200 {
		o.Responses["304"] = &response{Description: "it is what If-None-Match names"}
	}
	if rt.method == http.MethodPost {
		o.Parameters = append(o.Parameters, parameter{
			Name: "Idempotency-Key", In: "header", Required: true, Description: "new for each wish and the same for its repetitions, for a day; the same with another request is refused with 422, while the first is at work with 409",
			Schema: &schema{Type: "string", MinLength: 1, MaxLength: 255, Pattern: idempotencyKey},
		})
	}
	if rt.fields != nil || rt.method == http.MethodPost {
		refusals = append(refusals, 408, 413, 415, 422)
	}
	if rt.id == "putSubmission" {
		refusals = append(refusals, 412, 428)
	}
	if rt.fields != nil {
		o.RequestBody = rt.requestBody()
	}
	o.refusals(problems, refusals...)
	return o
}

// requestBody describes the fields, in JSON and as a form.
func (rt officeRoute) requestBody() *requestBody {
	object, form := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}, &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
	for _, f := range rt.fields {
		object.Properties[f.name], form.Properties[f.name] = f.schema(false), f.schema(true)
		if f.required {
			object.Required, form.Required = append(object.Required, f.name), append(form.Required, f.name)
		}
	}
	kinds := map[string]mediaType{"application/json": {Schema: object}, "multipart/form-data": {Schema: form}}
	if rt.raw {
		kinds["application/octet-stream"] = mediaType{Schema: binarySchema()}
		kinds["application/pdf"] = mediaType{Schema: binarySchema()}
	}
	return &requestBody{true, kinds}
}

func (f field) schema(inForm bool) *schema {
	one := binarySchema()
	if !inForm {
		one = &schema{
			Type: "object", Required: []string{"content"}, AdditionalProperties: false,
			Properties: map[string]*schema{"name": {Type: "string", Pattern: plainText}, "content": {Type: "string", ContentEncoding: "base64", Pattern: base64Text}},
		}
	}
	var c *schema
	switch f.kind {
	case flagField:
		c = &schema{Type: "boolean"}
	case fileField:
		c = one
	case filesField:
		c = &schema{Type: "array", Items: one}
		if inForm { // one part is a list of one
			c = &schema{OneOf: []*schema{{Type: "array", Items: one}, one}}
		}
	default:
		c = &schema{Type: "string", MaxLength: f.max, Format: f.format, Enum: f.enum}
		if f.format == "" && len(f.enum) == 0 {
			c.Pattern = plainText
		}
		if f.required {
			c.MinLength = 1
		}
	}
	return described(c, f.doc)
}
