package sqlstore

import (
	"testing"

	"mohur/internal/store/storetest"
)

func TestAuditLogOnBothEngines(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { storetest.Audit(t, opened(t, engines.SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { storetest.Audit(t, opened(t, engines.PostgreSQL(t))) })
}
