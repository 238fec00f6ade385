package docket

import "context"

// Work is a unit of work: every port, in one transaction.
type Work interface {
	Bodies
	Users
	People
	Units
	Registrations
	Submissions
	CaseTasks
	Letters
	Visas
	Messages
	MessageDrafts
	Notices
	Numbers
	Intents
	Credentials
	Verifications
	StoredVerdicts
	SealProfiles
	Signings
	LoginChallenges
	PortalSubjects
	Passkeys
	Wordings
	Directory
	PhoneOperations
	SealRequests
	Authorisations
	Delegations
	Dispatches
	Journals
	FollowUps
	Notifications
	NewsOfCases
	Readings
	Deadlines
	Procedures
	Calendar
	Readers
	Tasks
	AuditLog
	EventLog
	APIKeys
	IdempotentRequests
	Webhooks
}

// Store runs units of work.
type Store interface {
	// InTx runs do in a transaction and commits if it returns nil. On PostgreSQL a serialisation failure or deadlock runs do again, so it
	// must hold no effect outside the transaction but content-addressed blobs.
	InTx(ctx context.Context, do func(Work) error) error
	// Read runs do on a snapshot that can't write.
	Read(ctx context.Context, do func(Work) error) error
	// Ping says whether the database answers.
	Ping(ctx context.Context) error
}
