package auth

import (
	"context"
	"sync"
	"time"
)

// Memory is a SessionStore and LinkStore that forgets everything with the process: for tests and for a look round.
type Memory struct {
	mu       sync.Mutex
	sessions map[string]memorySession
	links    map[string]Link
}

type memorySession struct {
	data    []byte
	expires time.Time
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{sessions: map[string]memorySession{}, links: map[string]Link{}}
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

// SaveLink implements LinkStore.
func (m *Memory) SaveLink(_ context.Context, l Link) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.links[l.Hash] = l
	return nil
}

// ConsumeLink implements LinkStore.
func (m *Memory) ConsumeLink(_ context.Context, hash string, now time.Time) (string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.links[hash]
	if !ok || !now.Before(l.Expires) {
		return "", false, nil
	}
	delete(m.links, hash)
	return l.Account, true, nil
}
