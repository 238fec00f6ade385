package sqlstore

import (
	"testing"
	"time"
)

func TestSessionsExpire(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		s := opened(t, dsn).Sessions()
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		if err := s.SaveSession(t.Context(), "k", []byte("a"), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveSession(t.Context(), "k", []byte{0, 1, 255}, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if data, found, err := s.FindSession(t.Context(), "k", now); err != nil || !found || string(data) != "\x00\x01\xff" {
			t.Errorf("%x, %v, %v", data, found, err)
		}
		for _, c := range []struct {
			key string
			at  time.Time
		}{{"k", now.Add(time.Hour)}, {"other", now}} {
			if _, found, err := s.FindSession(t.Context(), c.key, c.at); err != nil || found {
				t.Errorf("%s at %s: found %v, %v", c.key, c.at, found, err)
			}
		}
		if err := s.RemoveExpired(t.Context(), now.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, found, _ := s.FindSession(t.Context(), "k", now); found {
			t.Error("an expired session was kept")
		}
		if err := s.DeleteSession(t.Context(), "k"); err != nil {
			t.Error(err)
		}
	})
}
