package docket

import (
	"context"
	"time"
)

// AuditEntry is one line of the log: who did what to what, when. It holds ids and hashes, never names, addresses or texts, so that it can
// be kept and exported when personal data has to go.
type AuditEntry struct {
	ID      ID
	At      time.Time
	Actor   ID     // the account, empty for the public and the program itself
	Role    string // in which the actor acted
	Action  string // "registration.submitted"; a list is in AuditActions
	Subject ID
	Blob    Hash
	Detail  map[string]string // codes, states, numbers, keys
}

// Actions of the audit log, one for each step of a case.
const (
	AuditRegistrationRefusedLetter = "registration.letter_refused"
	AuditRegistrationSubmitted     = "registration.submitted"
	AuditRegistrationVerifying     = "registration.verifying"
	AuditRegistrationRejected      = "registration.rejected"
	AuditRegistrationApproved      = "registration.approved"
	AuditRegistrationRefused       = "registration.refused"
	AuditLogIn                     = "login"
	AuditLogInRefused              = "login.refused"
	AuditLinkIssued                = "login.link_issued"
	AuditUserAdded                 = "user.added"
	AuditUserChanged               = "user.changed"
	AuditUserSuspended             = "user.suspended"
	AuditUserRestored              = "user.restored"
	AuditBodyAdded                 = "body.added"
	AuditBodyChanged               = "body.changed"
	AuditPasskeyAdded              = "passkey.added"
	AuditPasskeyRenamed            = "passkey.renamed"
	AuditPasskeyRemoved            = "passkey.removed"
	AuditPersonChanged             = "person.changed"
	AuditPersonRevoked             = "person.revoked"
	AuditPersonRestored            = "person.restored"
	AuditContactAsked              = "contact.asked"
	AuditContactConfirmed          = "contact.confirmed"
	AuditRegistrationSuspended     = "registration.suspended"
	AuditRegistrationRestored      = "registration.restored"
	AuditUserUnit                  = "user.unit"
	AuditUnitChanged               = "unit.changed"
	AuditBodiesImported            = "bodies.imported"
	AuditSubmissionPrepared        = "submission.prepared"
	AuditSubmissionRefused         = "submission.refused"
	AuditSubmissionReceived        = "submission.received"
	AuditSubmissionVerifying       = "submission.verifying"
	AuditSubmissionRejected        = "submission.rejected"
	AuditSubmissionCorrected       = "submission.corrected"
	AuditSubmissionAccepted        = "submission.accepted"
	AuditSubmissionReview          = "submission.review"
	AuditTaskGiven                 = "task.given"
	AuditTaskPerson                = "task.person"
	AuditTaskLeads                 = "task.leads"
	AuditTaskTakenBack             = "task.taken_back"
	AuditSubOpinion                = "task.answered"
	AuditVisasAsked                = "visa.asked"
	AuditVisaGiven                 = "visa.given"
	AuditVisaRefused               = "visa.refused"
	AuditSubmissionDeficient       = "submission.deficient"
	AuditSubmissionDocument        = "submission.document_added"
	AuditSubmissionWithdrawn       = "submission.withdrawn"
	AuditSubmissionRead            = "submission.read_by_staff"
	AuditMessageSent               = "message.sent"
	AuditMessageWithdrawn          = "message.withdrawn"
	AuditLetterDrafted             = "letter.drafted"
	AuditLetterSentBack            = "letter.sent_back"
	AuditLetterApproved            = "letter.approved"
	AuditSealIntended              = "seal.intended"
	AuditSealRetargeted            = "seal.retargeted"
	AuditSealReleased              = "seal.released"
	AuditSealFailed                = "seal.failed"
	AuditSealAnnulled              = "seal.annulled"
	AuditCredentialDrained         = "credential.drained"
	AuditCredentialResumed         = "credential.resumed"
	AuditLetterDispatched          = "letter.dispatched"
	AuditLetterRead                = "letter.read"
	AuditSigningPrepared           = "signing.prepared"
	AuditSigningDone               = "signing.done"
	AuditSigningRefused            = "signing.refused"
	AuditDownloaded                = "blob.downloaded"
	AuditProfileProposed           = "profile.proposed"
	AuditProfileApproved           = "profile.approved"
	AuditProfileRejected           = "profile.rejected"
	AuditProfileRetired            = "profile.retired"
	AuditTokenIssued               = "token.issued"
	AuditTokenRefused              = "token.refused"
	AuditSetAuthorised             = "hashes.authorised"
	AuditSetDeclined               = "hashes.declined"
	AuditSetUsed                   = "hashes.used"
	AuditCSCPINSet                 = "csc_pin.set"
	AuditCSCPINRefused             = "csc_pin.refused"
	AuditAPIKeyMade                = "api_key.made"
	AuditAPIKeyRevoked             = "api_key.revoked"
	AuditWebhookMade               = "webhook.made"
	AuditWebhookChanged            = "webhook.changed"
	AuditWebhookRotated            = "webhook.rotated"
	AuditWebhookRemoved            = "webhook.removed"
	AuditWebhookAgain              = "webhook.redelivered"
	AuditWebhookTested             = "webhook.tested"
	AuditCalendarDay               = "calendar.day"
	AuditCalendarDayRemoved        = "calendar.day_removed"
	AuditProcedureChanged          = "procedure.changed"
	AuditTermMoved                 = "term.moved"
	AuditLabelled                  = "label.changed"
	AuditReaderNamed               = "reader.named"
	AuditReaderRemoved             = "reader.removed"
	AuditMessageAgain              = "notification.again"
	AuditSignerDiffers             = "signer.differs"
	AuditRemoved                   = "retention.removed"
	AuditRestored                  = "office.restored"
	AuditRefused                   = "refused"
)

// AuditLog takes entries into the caller's transaction, unchained; the linker of internal/audit chains them within a second.
type AuditLog interface {
	Audit(ctx context.Context, e *AuditEntry) error
	// Trail lists the entries about the subjects with one of the actions, oldest first: who did what (S3-16).
	Trail(ctx context.Context, subjects []ID, actions []string) ([]AuditEntry, error)
}
