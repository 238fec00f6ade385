package docket

// Catalogue keys of refusals. Every key that docket and internal/desk emit stands here, once; the catalogues hold a text for each.
const (
	KeyInternal      = "error.internal"       // something of ours failed; the incident is logged
	KeyNotFound      = "error.not_found"      // there is no such thing here
	KeyStale         = "error.stale"          // somebody changed this meanwhile; look again
	KeyForbidden     = "error.forbidden"      // your role may not do this
	KeyNotApproved   = "error.not_approved"   // your body's registration is not approved
	KeyState         = "error.state"          // not possible in the present state; args: state, event
	KeySeparate      = "error.separate"       // drafter, checker and signatory must be three people
	KeyRequired      = "error.required"       // this field is needed
	KeyTooLong       = "error.too_long"       // args: max (characters)
	KeyTooLarge      = "error.too_large"      // args: max (bytes)
	KeyTooMany       = "error.too_many"       // args: max (files)
	KeyTotalSize     = "error.total_size"     // args: max (bytes)
	KeyFileEmpty     = "error.file_empty"     // the file has no content
	KeyFileType      = "error.file_type"      // args: type; not among the types accepted
	KeyEmail         = "error.email"          // not an e-mail address
	KeyFIN           = "error.fin"            // not a personal code (FİN)
	KeyPersonExists  = "error.person_exists"  // the person has an account for this body already
	KeyTerm          = "error.term"           // the time of an authority ends before it begins, or is over
	KeyOwnAccount    = "error.own_account"    // nobody takes his own authority away
	KeyBodySuspended = "error.body_suspended" // the body is suspended: open cases go on, new ones do not start
	KeyMobile        = "error.mobile"         // not an Azerbaijani mobile number
	KeyDate          = "error.date"           // not a date
	KeyDateFuture    = "error.date_future"    // the date lies ahead
	KeyDocumentType  = "error.document_type"  // not in the list
	KeyBodyUnknown   = "error.body_unknown"   // not in the directory
	KeyStateSecret   = "error.state_secret"   // the confirmation that no state secret is sent is missing
	KeyDisk          = "error.storage"        // the file could not be stored
	KeyDatabase      = "error.database"       // the database does not answer
	KeyTimestamp     = "error.timestamp"      // the timestamp authority does not answer
	KeySealing       = "error.sealing"        // the seal could not be made; the number is kept and it is tried again
	KeySealRefused   = "error.seal_refused"   // the sealed file did not pass our own check; args: check
	KeySealQuota     = "error.seal_quota"     // the credential made as many seals today as it may; args: max
	KeySealExpired   = "error.seal_expired"   // the seal's certificate is not in force
	KeySealRevoked   = "error.seal_revoked"   // the seal's certificate is revoked or suspended
	KeySealUntrusted = "error.seal_untrusted" // the seal's certificate does not lead to a trusted issuer
	KeySealUnchecked = "error.seal_unchecked" // whether the seal's certificate is revoked can't be found out now
	KeySealStopped   = "error.seal_stopped"   // the seal's token waits for a person: its PIN
	KeySealDrained   = "error.seal_drained"   // a person took the seal out of use
	KeyVerifierDown  = "error.verifier"       // the signature could not be checked
	KeyVerdictOld    = "error.verdict_old"    // the check of the signature is older than allowed; send again
	KeyApprovedOther = "error.approved_other" // the text is not the approved one
	KeyMismatch      = "error.mismatch"       // certificate and chosen body differ; the registrar must confirm with a reason
	KeyBodyTaken     = "error.body_taken"     // the body already has an approved registration (agency staff only)
	KeyLinkInvalid   = "error.link_invalid"   // unknown, used or lapsed log-in link (all look the same)
	KeyLimited       = "error.limited"        // too much in a short time
	KeyLookup        = "error.lookup"         // public look-up: unknown or wrong, which look the same
	KeyDatePast      = "error.date_past"      // the date has passed
	KeyCalendarCSV   = "error.calendar_csv"   // not lines of a date, a kind and an act
	KeyPeriod        = "error.period"         // not a term: a number of days, their unit, first and last day
	KeyReminders     = "error.reminders"      // reminders are numbers of days, each less than the one before
	KeyChoice        = "error.choice"         // not among the values
	KeyNoSigningWay  = "error.no_seal"        // no seal is configured
	KeyLetterSign    = "error.letter_sign"    // args: sign; a character that letters can't show

	// Refusals about units and the working group.
	KeyUnitCode = "error.unit_code" // small letters, digits and hyphens are wanted

	// Refusals about programs' keys and webhooks.
	KeyScope        = "error.scope"          // not among the scopes that this owner's programs can have
	KeyNoScope      = "error.no_scope"       // the program's key lacks the scope; args: scope
	KeyHooksOff     = "error.webhooks_off"   // no webhooks in this installation
	KeyHookURL      = "error.webhook_url"    // not an https address without user name and fragment
	KeyHookScheme   = "error.webhook_scheme" // neither v1a nor v1
	KeyHookPaused   = "error.webhook_paused" // the webhook is not active
	KeyTooManyHooks = "error.webhook_many"   // args: max
	KeyEventType    = "error.event_type"     // no such type of event

	// Refusals about seal profiles.
	KeySamePerson       = "error.same_person"       // proposer and approver must be two people
	KeyProposalOpen     = "error.proposal_open"     // another change of this profile waits for its decision
	KeyProfileBase      = "error.profile_base"      // the profile changed since this was proposed
	KeyProfileNone      = "error.profile_none"      // no such profile is in force; args: profile
	KeyProfileSame      = "error.profile_same"      // the proposal changes nothing
	KeyProfileName      = "error.profile_name"      // a slug is wanted
	KeyProfileChoice    = "error.profile_choice"    // not among the values
	KeyProfileQuota     = "error.profile_quota"     // args: max
	KeyProfileClients   = "error.profile_clients"   // not names of API clients
	KeyProfileLines     = "error.profile_lines"     // args: max
	KeyProfileImage     = "error.profile_image"     // not a picture that a seal can show
	KeyProfileUnseen    = "error.profile_unseen"    // only PAdES seals are seen
	KeyProfileCertify   = "error.profile_certify"   // only PAdES seals on unsigned documents certify
	KeyHashKinds        = "error.hash_kinds"        // a profile for hashes seals nothing of the office
	KeyKindFormat       = "error.kind_format"       // the office seals its own documents as PAdES
	KeyKindTaken        = "error.kind_taken"        // args: kind, profile
	KeyKindUnsealed     = "error.kind_unsealed"     // no profile in force seals such pages
	KeyCredential       = "error.credential"        // not in the configuration; args: credential
	KeyCredentialShared = "error.credential_shared" // hashes want a credential of their own; args: profile
	KeyProfileClient    = "error.profile_client"    // this client may not ask for the profile
	KeyProfileHash      = "error.profile_hash"      // the profile seals no mere hashes
	KeyProfileSpent     = "error.profile_spent"     // the day's seals are used up; args: max

	// Refusals of seal requests.
	KeyKeyReused       = "error.key_reused"       // the idempotency key belongs to another request
	KeySealRunning     = "error.seal_running"     // the request with this key is being worked on
	KeySealInterrupted = "error.seal_interrupted" // the service stopped while it signed hashes; nothing was handed out
	KeySealTime        = "error.seal_time"        // token, timestamp authority or revocation source took too long
	KeySealForbidden   = "error.seal_forbidden"   // an earlier signature or the field does not allow this seal; args: check
	KeyHashSize        = "error.hash_size"        // not a value of the hash function that the signature names
	KeyInputSigned     = "error.input_signed"     // the profile seals unsigned documents only
	KeyInputBroken     = "error.input_broken"     // a signature of the document is broken
	KeyInputNotPassed  = "error.input_not_passed" // a signature of the document did not pass

	// Refusals of a signed file (requirements.md 8, 16). Args: sub (sub-indication), signer.
	KeySigMissing     = "signature.missing"      // the file has no signature
	KeySigAltered     = "signature.altered"      // the file was changed after signing (hash)
	KeySigForbidden   = "signature.forbidden"    // a change after signing that signing does not allow
	KeySigCrypto      = "signature.crypto"       // the signature value does not verify
	KeySigUntrusted   = "signature.untrusted"    // the certificate does not lead to a trusted issuer
	KeySigRevoked     = "signature.revoked"      // the certificate is revoked
	KeySigExpired     = "signature.expired"      // the certificate was not in force
	KeySigHeld        = "signature.held"         // the certificate is suspended
	KeySigFormat      = "signature.format"       // the signature can't be read
	KeySigWeak        = "signature.weak"         // algorithm or key too weak
	KeySigConstraint  = "signature.constraint"   // another rule of the policy
	KeySigUnclear     = "signature.unclear"      // indeterminate for a reason in the document
	KeySigWait        = "signature.wait"         // revocation data could not be fetched; asked for again
	KeySigPartial     = "signature.partial"      // the signature does not cover the whole file
	KeySigOtherPerson = "signature.other_person" // signer's FİN is not the session's
	KeySigOtherBody   = "signature.other_body"   // signer's VÖEN is not the body's
	KeySigNoSealRight = "signature.no_seal"      // the certificate carries no seal right
	KeySigNoIdentity  = "signature.no_identity"  // no FİN in the certificate
	KeyRecordOther    = "signature.record_other" // the signed file is not our record
	KeyRecordMissing  = "signature.no_record"    // no record was prepared for this draft

	// Refusals of a person's signature in two steps (decisions 18).
	KeySigningCertificate = "signing.certificate"       // the certificate can't be read
	KeySigningPurpose     = "signing.purpose"           // the certificate is for logging in or for something else, not for signatures
	KeySigningAlgorithm   = "signing.algorithm"         // the token offers no algorithm that can be used
	KeySigningFormat      = "signing.format"            // a format or level that can't be made here
	KeySigningDocument    = "signing.document"          // the document can't be read
	KeySigningForbidden   = "signing.forbidden"         // the document, or an earlier signature in it, forbids another one
	KeySigningValue       = "signing.value"             // the value is not over the hash, or not by the certificate's key
	KeySigningLapsed      = "signing.lapsed"            // the value came too late
	KeySigningUsed        = "signing.used"              // a value came before; prepare anew
	KeySigningOther       = "signing.other_certificate" // the value comes with another certificate
	KeySigningRefused     = "signing.refused"           // the signed file did not pass our own check; args: sub
	KeyCertificateUnclear = "signing.unclear"           // whether the certificate is revoked can't be asked now

	// Refusals of a signature by phone.
	KeyPhonePerson    = "phone.person"    // the personal code or the number is none, or the service does not know it
	KeyPhoneCancelled = "phone.cancelled" // declined on the phone
	KeyPhoneLapsed    = "phone.lapsed"    // nobody answered in time
	KeyPhoneService   = "phone.service"   // the service does not answer

	// Refusals of a log-in by certificate.
	KeyLoginToken   = "login.token"   // the proof is not for this page, or too old, or used
	KeyLoginPurpose = "login.purpose" // the certificate is not for logging in
	KeyLoginUnknown = "login.unknown" // nobody with this FİN has an account
	KeyLoginChoice  = "login.choice"  // the time to choose an account is over

	// Refusals of other ways in.
	KeyLoginSuspended  = "login.suspended"       // the account is suspended
	KeyPortal          = "login.portal.refused"  // what came back from the portal is not for this browser, too old, or used
	KeyPortalUnknown   = "login.portal.unknown"  // the portal's person has no account here
	KeyPortalNoCode    = "login.portal.nocode"   // the portal named no personal code
	KeyPortalOther     = "login.portal.other"    // the portal's subject is bound to another personal code
	KeyPortalDown      = "login.portal.down"     // the portal does not answer
	KeyPortalCancelled = "login.portal.declined" // the person declined at the portal
	KeyPasskey         = "login.passkey.refused" // the passkey's answer is not for this page, too old, used, or wrong
	KeyPasskeyUnknown  = "login.passkey.unknown" // the passkey is none of ours
	KeyPasskeySuspect  = "login.passkey.suspect" // the passkey's counter went back: it may have been copied
	KeyPasskeyMany     = "passkey.many"          // args: max

	// Refusals of an administrator's changes.
	KeyVOEN         = "error.voen"          // not ten digits
	KeyRoles        = "error.roles"         // no role, or one of the other side
	KeyAccountThere = "error.account_there" // the person has an account there already
	KeyBodyThere    = "error.body_there"    // the body is in the directory already
	KeyLastAdmin    = "error.last_admin"    // nobody would be administrator
)

// Catalogue keys of notifications; ".title", ".text" and ".sms" follow. Args: case, link, and days of a reminder.
const (
	NotifyRegistered = "notify.registered" // N1: registration finished, awaiting approval
	NotifyChecking   = "notify.checking"   // the signature is still being checked
	NotifyRejected   = "notify.rejected"   // after checking, the signature was refused
	NotifyApproved   = "notify.approved"   // N2: registration approved; link sets up log-in
	NotifyRefused    = "notify.refused"    // registration refused
	NotifyReceived   = "notify.received"   // project received
	NotifyAccepted   = "notify.accepted"   // project accepted
	NotifyDeficient  = "notify.deficient"  // N3: deficiency notice
	NotifyCorrected  = "notify.corrected"  // the body corrected
	NotifyMessage    = "notify.message"    // new message
	NotifyAnswered   = "notify.answered"   // the answer lies in the mailbox
	NotifyDue        = "notify.due"        // days left; args: days
	NotifyDueMoved   = "notify.due_moved"  // the last day was computed anew
	NotifyLabelled   = "notify.labelled"   // something about a labelled case; nothing more is said
	NotifyOverdue    = "notify.overdue"    // the term is over
	NotifyWithdrawn  = "notify.withdrawn"  // the body withdrew its project
	NotifyInvited    = "notify.invited"    // somebody may represent a body; link lets him in
	NotifyContact    = "notify.contact"    // confirm this address; link
	NotifySuspended  = "notify.suspended"  // the body is suspended
	NotifyRestored   = "notify.restored"   // the body is restored
	NotifyDraftEnds  = "notify.draft_ends" // an unsent draft will be removed
	NotifyLink       = "notify.link"       // an administrator sends a new log-in link
	NotifySealEnds   = "notify.seal_ends"  // a certificate of the agency's seal ends; case is the credential and its member; args: days
)

// refusalKeys lists the refusal keys of this file.
func refusalKeys() []string {
	return []string{
		KeyInternal, KeyNotFound, KeyStale, KeyForbidden, KeyNotApproved, KeyState, KeySeparate, KeyRequired, KeyTooLong, KeyTooLarge,
		KeyTooMany, KeyTotalSize, KeyFileEmpty, KeyFileType, KeyEmail, KeyFIN, KeyPersonExists, KeyTerm, KeyOwnAccount, KeyBodySuspended, KeyMobile, KeyDate, KeyDateFuture, KeyDocumentType, KeyBodyUnknown,
		KeyStateSecret, KeyDisk, KeyDatabase, KeyTimestamp, KeySealing, KeySealRefused, KeySealQuota, KeySealExpired, KeySealRevoked, KeySealUntrusted,
		KeySealUnchecked, KeySealStopped, KeySealDrained, KeyVerifierDown, KeyVerdictOld, KeyApprovedOther, KeyMismatch,
		KeyBodyTaken, KeyLinkInvalid, KeyLimited, KeyLookup, KeyNoSigningWay, KeyLetterSign,
		KeyUnitCode, KeyPeriod, KeyReminders, KeyChoice, KeyDatePast, KeyCalendarCSV,
		KeyScope, KeyNoScope, KeyHooksOff, KeyHookURL, KeyHookScheme, KeyHookPaused, KeyTooManyHooks, KeyEventType,
		KeySamePerson, KeyProposalOpen, KeyProfileBase, KeyProfileNone, KeyProfileSame, KeyProfileName, KeyProfileChoice, KeyProfileQuota,
		KeyProfileClients, KeyProfileLines, KeyProfileImage, KeyProfileUnseen, KeyProfileCertify, KeyHashKinds, KeyKindFormat, KeyKindTaken, KeyKindUnsealed, KeyCredential, KeyCredentialShared,
		KeyProfileClient, KeyProfileHash, KeyProfileSpent, KeyKeyReused, KeySealRunning, KeySealInterrupted, KeySealTime, KeySealForbidden,
		KeyHashSize, KeyInputSigned, KeyInputBroken, KeyInputNotPassed,
		KeySigMissing, KeySigAltered, KeySigForbidden, KeySigCrypto, KeySigUntrusted, KeySigRevoked, KeySigExpired, KeySigHeld, KeySigFormat,
		KeySigWeak, KeySigConstraint, KeySigUnclear, KeySigWait, KeySigPartial, KeySigOtherPerson, KeySigOtherBody, KeySigNoSealRight, KeySigNoIdentity,
		KeyRecordOther, KeyRecordMissing,
		KeySigningCertificate, KeySigningPurpose, KeySigningAlgorithm, KeySigningFormat, KeySigningDocument, KeySigningForbidden, KeySigningValue,
		KeySigningLapsed, KeySigningUsed, KeySigningOther, KeySigningRefused, KeyCertificateUnclear,
		KeyPhonePerson, KeyPhoneCancelled, KeyPhoneLapsed, KeyPhoneService,
		KeyLoginToken, KeyLoginPurpose, KeyLoginUnknown, KeyLoginChoice, KeyLoginSuspended,
		KeyPortal, KeyPortalUnknown, KeyPortalNoCode, KeyPortalOther, KeyPortalDown, KeyPortalCancelled,
		KeyPasskey, KeyPasskeyUnknown, KeyPasskeySuspect, KeyPasskeyMany,
		KeyVOEN, KeyRoles, KeyAccountThere, KeyBodyThere, KeyLastAdmin,
	}
}

// notificationKeys lists the notification keys of this file.
func notificationKeys() []string {
	return []string{
		NotifyRegistered, NotifyChecking, NotifyRejected, NotifyApproved, NotifyRefused, NotifyReceived, NotifyAccepted, NotifyDeficient,
		NotifyCorrected, NotifyMessage, NotifyAnswered, NotifyDue, NotifyDueMoved, NotifyLabelled, NotifyOverdue, NotifyWithdrawn, NotifyInvited, NotifyContact, NotifySuspended, NotifyRestored, NotifyDraftEnds, NotifySealEnds, NotifyLink,
	}
}
