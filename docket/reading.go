package docket

import (
	"context"
	"time"
)

// Readings says what somebody has read of what the pages tell a body's people or the agency's: each person reads for himself.
type Readings interface {
	// ReadNotification notes that a user has read one; a repetition changes nothing.
	ReadNotification(ctx context.Context, user, notification ID, now time.Time) error
	// ReadUntil notes that a user has read everything that was told until now.
	ReadUntil(ctx context.Context, user ID, now time.Time) error
	// Readings says when the user read which of the notifications; those that he has not read are left out.
	Readings(ctx context.Context, user ID, of []Notification) (map[ID]time.Time, error)
	// CountUnread counts, to at most top, what NotificationsFor lists and the user has not read.
	CountUnread(ctx context.Context, body, user ID, top int) (int, error)
}
