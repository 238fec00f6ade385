package auth

import (
	"context"
	"sync"
	"time"
)

// Memory is a SessionStore that forgets everything with the process: for tests and for a look round.
type Memory struct {
	mu       sync.Mutex
	sessions map[string]memorySession
}

type memorySession struct {
	data    []byte
	expires time.Time
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{sessions: map[string]memorySession{}}
}

// FindSession implements SessionStore.
func (m *Memory) FindSession(_ context.Context, key string, now time.Time) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[key]
	if !ok || !now.Before(s.expires) {
		delete(m.sessions, key)
		return nil, false, nil
	}
	return s.data, true, nil
}

// SaveSession implements SessionStore.
func (m *Memory) SaveSession(_ context.Context, key string, data []byte, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[key] = memorySession{data: append([]byte(nil), data...), expires: expires}
	return nil
}

// DeleteSession implements SessionStore.
func (m *Memory) DeleteSession(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, key)
	return nil
}
