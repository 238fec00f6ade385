// Package web is the pages for people: server-rendered, in Azerbaijani, English and Russian, usable without JavaScript. Each handler turns a request
// into one verb of the desk and its outcome into a page. It decides nothing, and knows no database, no token and no signature format.
package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/auth"
	"mohur/verify"
)

// Verifier judges a document for the public page, under the named policy, with whatever trust and revocation data the program has. A bad
// signature is a report; an error means that it could not be judged.
type Verifier interface {
	Verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error)
}

// DemoSigner signs with the demo's token. Only `mohur demo` hands one in; without it the button does not exist.
type DemoSigner interface {
	// SignRecord signs a PDF in the actor's name after his PIN was typed, and writes the signed file to out. A wrong PIN is ErrPIN.
	SignRecord(ctx context.Context, who docket.Actor, pin string, record io.ReaderAt, size int64, out io.Writer) error
}

// ErrPIN is a DemoSigner's answer to a wrong PIN. It is never tried a second time by the program.
var ErrPIN = errors.New("web: the demo token refused the PIN")

// Check is one line of the health page.
type Check struct {
	Name   string // stable key: "database", "storage", "token", "tsa", "audit", "jobs"; the catalogues have "system.part.NAME"
	OK     bool
	Say    []Said // what there is to say in the reader's language
	Detail string // for the engineer; no secret, no personal data
}

// Said is a sentence of the catalogues: its key and pairs of name and value. Times and sizes are written for people.
type Said struct {
	Key  string
	Args []any
}

// Options are the parts of the pages. Desk, Sessions, Verifier, Now and Log are required.
type Options struct {
	Desk     Desk
	Sessions *auth.Service
	Verifier Verifier
	Profiles SealProfiles // nil: there are no pages of seal profiles
	// Authorisations lets signatories agree to what programs want signed; nil: there is no such page.
	Authorisations Authorisations
	Audit          AuditLog                          // nil: the page says that there is no log
	Health         func(ctx context.Context) []Check // nil: the page lists nothing
	// Credentials lists the keys of the agency's seals, for the system page; nil: none is shown.
	Credentials func(ctx context.Context) ([]CredentialMember, error)
	Demo        DemoSigner       // nil outside the demo
	DemoMode    bool             // the permanent banner
	Means       Means            // judges certificates for İmza vasitəsini yoxla; nil: the page explains and judges none
	Signings    Signings         // nil: no page offers a token in the browser to sign with
	LogIn       CertificateLogIn // nil: nor to log in with
	Portal      PortalLogIn      // nil: there is no log-in by the portal
	Passkeys    Passkeys         // nil: there are none
	// PortalLabel names the portal in a language; empty or nil: the catalogue's word.
	PortalLabel func(lang string) string
	// Observe is told of each answer: how long it took, method, the route's pattern, status. nil: nobody is.
	Observe func(took time.Duration, method, route string, status int)
	Now     func() time.Time
	Log     *slog.Logger
	Policy  string                       // of the public check; "basic" if empty
	Client  func(r *http.Request) string // the visitor's address for limits; the connection's if nil
	TempDir string                       // for files on their way; the system's if empty
	Secure  bool                         // served over TLS: adds Strict-Transport-Security
	Limits  RateLimits
	// ReportKey authenticates verdicts that wait in a visitor's page to become files; processes behind one address share it. One of the
	// process's own if empty.
	ReportKey []byte
	// SealPage seals the page of a report on a verification, and SealsPages says whether it can now; nil: reports are had without a seal.
	SealPage   func(ctx context.Context, page []byte) ([]byte, error)
	SealsPages func(ctx context.Context) bool
}

// RateLimits bound attempts per network (requirements 8, 21 and 22). A zero value takes the default; a negative one lifts the limit.
type RateLimits struct {
	RegistrationsPerHour int // 5 refused or accepted registrations with a file
	LogInsPerHour        int // 30
	LookUpsPerMinute     int // 20
	ChecksPerMinute      int // 20 public verifications
}

// site is the pages with their parts.
type site struct {
	Options
	pages     pages
	headSigns bool // before the seal
}

// New returns the handler of all pages. It fails where a required part is missing or a template is wrong.
func New(o Options) (http.Handler, error) {
	if o.Desk == nil || o.Sessions == nil || o.Verifier == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("web: Desk, Sessions, Verifier, Now and Log are required")
	}
	if o.Policy == "" {
		o.Policy = verify.PolicyBasic
	}
	o.ReportKey = reportKey(o.ReportKey)
	p, err := parsedPages()
	if err != nil {
		return nil, err
	}
	s := &site{Options: o, pages: p, headSigns: o.Desk.HeadSigns()}
	return s.routes()
}

// routes names every page.
func (s *site) routes() (http.Handler, error) {
	static, err := staticHandler()
	if err != nil {
		return nil, err
	}
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(s.plain(func(http.ResponseWriter, *http.Request) error {
		return docket.Refuse(docket.CodeForbidden, "error.cross_origin")
	}))
	r := chi.NewRouter()
	r.Use(s.observe, s.secure, crossOrigin.Handler, headAsGet)
	r.Handle("/static/*", static)
	r.Group(func(r chi.Router) {
		r.Use(s.Sessions.Sessions)
		r.NotFound(s.page(func(http.ResponseWriter, *request) error { return docket.ErrNotFound }))
		r.MethodNotAllowed(s.page(func(w http.ResponseWriter, r *request) error {
			allow(w, r.Request)
			return errMethod
		}))
		s.publicRoutes(r)
		s.notificationRoutes(
			func(path string, h handler) { r.Get(path, s.page(s.forMembers(h))) }, func(path string, h handler) { r.Post(path, s.page(s.forMembers(h))) })
		s.bodyRoutes(r)
		s.agencyRoutes(r)
		s.adminRoutes(r)
		s.programRoutes(r)
	})
	return r, nil
}

// publicRoutes are the pages that need no log-in.
func (s *site) publicRoutes(r chi.Router) {
	r.Get("/", s.page(s.home))
	r.Get("/language/{lang}", s.page(s.language))
	r.Get("/help", s.page(s.static("help")))
	r.Get("/accessibility", s.page(s.static("accessibility")))
	r.Get("/register", s.page(s.registerForm))
	r.With(s.limit(s.Limits.RegistrationsPerHour, 5, time.Hour)).Post("/register", s.page(s.register))
	r.Post("/register/letter/remove", s.page(s.registerRemoveLetter))
	if s.Signings != nil {
		r.With(s.limit(s.Limits.RegistrationsPerHour, 10, time.Hour)).Post("/register/signing", s.script(s.registerSigning))
		r.With(s.limit(s.Limits.RegistrationsPerHour, 10, time.Hour)).Post("/register/signing/{signing}", s.script(s.registerSigned))
	}
	r.Get("/register/done", s.page(s.registerDone))
	r.With(s.limit(s.Limits.LookUpsPerMinute, 20, time.Minute)).Get("/registration/{access}", s.page(s.registrationLink))
	r.Get("/signing-means", s.page(s.meansForm))
	r.With(s.limit(s.Limits.ChecksPerMinute, 20, time.Minute)).Post("/signing-means", s.page(s.means))
	r.Get("/log-in", s.page(s.loginPage))
	s.certificateRoutes(r)
	s.portalRoutes(r)
	s.passkeyRoutes(r)
	s.choiceRoutes(r)
	r.Get("/log-in/{secret}", s.page(s.loginForm))
	r.With(s.limit(s.Limits.LogInsPerHour, 30, time.Hour)).Post("/log-in/{secret}", s.page(s.login))
	r.Post("/logout", s.page(s.logout))
	r.Post("/session", s.script(s.keepSession))
	r.Get("/contact/{secret}", s.page(s.contactForm))
	r.With(s.limit(s.Limits.LogInsPerHour, 30, time.Hour)).Post("/contact/{secret}", s.page(s.contactConfirm))
	r.Get("/verify", s.page(s.verifyForm))
	checks := s.limit(s.Limits.ChecksPerMinute, 20, time.Minute)
	r.With(checks).Post("/verify", s.page(s.verify))
	r.With(checks).Post("/verify/report", s.page(s.verifyReport))
	lookups := s.limit(s.Limits.LookUpsPerMinute, 20, time.Minute)
	r.Get("/lookup", s.page(s.lookupForm))
	r.With(lookups).Post("/lookup", s.page(s.lookup))
	r.With(lookups).Get("/d/{address}", s.page(s.lookupAddress))
}

// bodyRoutes are the pages of a body's people.
func (s *site) bodyRoutes(r chi.Router) {
	get := func(path string, h handler) { r.Get(path, s.page(s.forBody(h))) }
	post := func(path string, h handler) { r.Post(path, s.page(s.forBody(h))) }
	get("/home", s.bodyHome)
	get("/submit", s.submitStart)
	post("/submit", s.submitNew)
	get("/submit/{id}", s.submitData)
	post("/submit/{id}", s.submitSaveData)
	get("/submit/{id}/files", s.submitFiles)
	post("/submit/{id}/files", s.submitAddFiles)
	post("/submit/{id}/files/{file}/remove", s.submitRemoveFile)
	get("/submit/{id}/check", s.submitCheck)
	post("/submit/{id}/check", s.submitPrepare)
	get("/submit/{id}/sign", s.submitSign)
	post("/submit/{id}/sign", s.submitUpload)
	if s.Signings != nil {
		r.Post("/submit/{id}/signing", s.script(s.forBody(s.submitSigning)))
		r.Post("/submit/{id}/signing/{signing}", s.script(s.forBody(s.submitSigned)))
	}
	post("/submit/{id}/demo", s.submitDemo)
	get("/submit/{id}/record", s.submitRecord)
	get("/submit/{id}/done", s.submitDone)
	post("/submit/{id}/mail", s.submitMail)
	get("/submit/{id}/receipt", s.submitReceipt)
	get("/submissions", s.submissions)
	get("/submissions/{id}", s.submission)
	post("/submissions/{id}/documents", s.addDocument)
	post("/submissions/{id}/correct", s.correct)
	post("/submissions/{id}/withdraw", s.withdraw)
	get("/submissions/{id}/files/{file}", s.downloadFile)
	get("/submissions/{id}/signed/{version}", s.downloadSigned)
	get("/submissions/{id}/messages", s.messages)
	post("/submissions/{id}/messages", s.writeMessage)
	get("/submissions/{id}/messages/waiting/{file}", s.downloadWaiting)
	get("/submissions/{id}/messages/{message}/{file}", s.downloadAttachment)
	post("/submissions/{id}/messages/{message}/withdraw", s.withdrawMessage)
	s.peopleRoutes(get, post)
	get("/letters", s.mailbox)
	get("/letters/{id}", s.letter)
	get("/letters/{id}/file", s.downloadLetter)
	post("/letters/{id}/received", s.confirmReceipt)
}

// agencyRoutes are the pages of the agency's people; the desk holds who may do what, these only keep others out of sight.
func (s *site) agencyRoutes(r chi.Router) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	caseRoles := []docket.Role{docket.RoleCoordinator, docket.RoleExpert, docket.RoleVisaGiver, docket.RoleDispatchChecker, docket.RoleSignatory}
	get("/agency", s.agencyHome)
	get("/registrations", s.registrations, docket.RoleRegistrar)
	get("/registrations/{id}", s.registration, docket.RoleRegistrar)
	get("/registrations/{id}/letter", s.downloadApplication, docket.RoleRegistrar)
	post("/registrations/{id}/approve", s.approve, docket.RoleRegistrar)
	post("/registrations/{id}/refuse", s.refuse, docket.RoleRegistrar)
	post("/registrations/{id}/suspend", s.suspend, docket.RoleRegistrar)
	post("/registrations/{id}/restore", s.restore, docket.RoleRegistrar)
	get("/incoming", s.incoming, caseRoles...)
	get("/incoming/{id}", s.review, caseRoles...)
	post("/incoming/{id}/accept", s.accept, docket.RoleCoordinator)
	get("/incoming/{id}/deficiency", s.deficiencyForm, docket.RoleCoordinator)
	post("/incoming/{id}/deficiency", s.deficiency, docket.RoleCoordinator)
	get("/incoming/{id}/files/{file}", s.downloadFile, caseRoles...)
	get("/incoming/{id}/signed/{version}", s.downloadSigned, caseRoles...)
	get("/incoming/{id}/messages", s.messages, caseRoles...)
	post("/incoming/{id}/messages", s.writeMessage, caseRoles...)
	get("/incoming/{id}/messages/waiting/{file}", s.downloadWaiting, caseRoles...)
	get("/incoming/{id}/messages/{message}/{file}", s.downloadAttachment, caseRoles...)
	post("/incoming/{id}/messages/{message}/withdraw", s.withdrawMessage, caseRoles...)
	get("/incoming/{id}/letters/{letter}", s.downloadCaseLetter, caseRoles...)
	s.groupRoutes(r, caseRoles)
	get("/dispatch", s.dispatchQueue, docket.RoleDispatchChecker)
	get("/dispatch/{id}", s.dispatchForm, docket.RoleDispatchChecker)
	post("/dispatch/{id}/approve", s.dispatchApprove, docket.RoleDispatchChecker)
	post("/dispatch/{id}/return", s.dispatchReturn, docket.RoleDispatchChecker)
	if s.Authorisations != nil {
		r.Get("/oauth2/authorize", s.page(s.forAgency(s.authoriseForm, docket.RoleSignatory)))
		post("/oauth2/authorize", s.authorise, docket.RoleSignatory)
	}
	get("/seal", s.sealQueue, docket.RoleSignatory)
	get("/seal/{id}", s.sealForm, docket.RoleSignatory)
	post("/seal/{id}", s.seal, docket.RoleSignatory)
	post("/seal/{id}/annul", s.annul, docket.RoleSignatory)
	if s.Profiles != nil {
		s.profileRoutes(r)
	}
	s.wayOutRoutes(r)
	s.termRoutes(r)
	s.confidentialRoutes(r)
	s.outgoingRoutes(r)
	get("/audit", s.auditPage, docket.RoleAuditor)
	get("/audit/export", s.auditBundle, docket.RoleAuditor)
	get("/system", s.system, docket.RoleAdmin, docket.RoleAuditor)
}

// profileRoutes are the pages of seal profiles.
func (s *site) profileRoutes(r chi.Router) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	deciders := []docket.Role{docket.RoleAdmin, docket.RoleSignatory}
	readers := append(deciders[:len(deciders):len(deciders)], docket.RoleAuditor)
	get("/profiles", s.sealProfiles, readers...)
	get("/profiles/propose", s.sealProfileForm, docket.RoleAdmin)
	post("/profiles/propose", s.sealProfilePropose, docket.RoleAdmin)
	get("/profiles/of/{name}", s.sealProfile, readers...)
	get("/profiles/of/{name}/propose", s.sealProfileForm, docket.RoleAdmin)
	post("/profiles/of/{name}/propose", s.sealProfilePropose, docket.RoleAdmin)
	post("/profiles/of/{name}/approve", s.sealProfileApprove, deciders...)
	post("/profiles/of/{name}/reject", s.sealProfileReject, deciders...)
	post("/profiles/of/{name}/retire", s.sealProfileRetire, docket.RoleAdmin)
}
