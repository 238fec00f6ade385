package docket

import "slices"

// Catalogue keys of refusals on the way out of a letter: who stands in for whom, the head's own signature, dispatch list, journals, follow-up.
const (
	KeyDelegationSelf   = "delegation.self"    // nobody stands in for himself
	KeyDelegationPerson = "delegation.person"  // not one of our people, or suspended
	KeyDelegationRoles  = "delegation.lacks"   // the absent person does not hold this role himself; args: role
	KeyDelegationDays   = "delegation.days"    // the last day lies before the first
	KeyDelegationPast   = "delegation.begun"   // the first day is over
	KeyDelegationLong   = "delegation.long"    // args: max (days)
	KeyDelegationTwice  = "delegation.overlap" // one of the roles is delegated in these days already; args: name
	KeyDelegationChain  = "delegation.chain"   // the delegate is away himself, or the absent person stands in for somebody; args: name
	KeyDelegationOver   = "delegation.over"    // it is over already
	KeyDelegationLent   = "delegation.lent"    // a role that one has in somebody's place can't be passed on

	KeyPageOther    = "sign.page_other"  // the signed file is not the approved page
	KeySealPlace    = "sign.seal_place"  // the signature was put where the seal goes
	KeyNotSignedYet = "sign.not_signed"  // the head has not signed it yet
	KeyReceiptNoted = "dispatches.noted" // the receipt is known already, or not a clerk\'s to note
)

// NotifyDelegated tells somebody that he stands in for a colleague.
const NotifyDelegated = "notify.delegated"

// Actions of the audit log on the way out.
const (
	AuditDelegationMade  = "delegation.made"
	AuditDelegationEnded = "delegation.ended"
	AuditLetterSigned    = "letter.signed"

	AuditDispatchListed   = "dispatch.listed"
	AuditReceiptConfirmed = "receipt.confirmed"
)

// Keys lists every refusal key, for the catalogue test.
func Keys() []string { return slices.Concat(refusalKeys(), wayOutKeys(), groupKeys()) }

// NotificationKeys lists every notification key, for the catalogue test.
func NotificationKeys() []string {
	return slices.Concat(notificationKeys(), wayOutNotifications(), groupNotifications())
}

// wayOutKeys lists the refusal keys of this file.
func wayOutKeys() []string {
	return []string{
		KeyDelegationSelf, KeyDelegationPerson, KeyDelegationRoles, KeyDelegationDays, KeyDelegationPast, KeyDelegationLong, KeyDelegationTwice, KeyDelegationChain,
		KeyDelegationOver, KeyDelegationLent, KeyPageOther, KeySealPlace, KeyNotSignedYet, KeyReceiptNoted,
	}
}

// wayOutNotifications lists the notification keys of this file.
func wayOutNotifications() []string { return []string{NotifyDelegated} }
