// Package memstore keeps everything in memory, under one mutex. It is the
// shortest correct implementation of a Store, for tests and for trying things
// out. All data is lost when the process exits.
package memstore

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Store implements latchkey.Store. Its methods are documented at the interfaces that
// latchkey.Store consists of: oauth.Store, oauth.AdminStore, oauth.WebhookStore,
// account.Store, account.MailStore and audit.Store. It is safe for concurrent use.
type Store struct {
	oauth.IssuerClaim

	clock func() time.Time

	mu      sync.Mutex
	version uint64
	clients map[string]oauth.Client
	// discarded are the clients that can be restored.
	discarded map[string]oauth.DeletedClient
	tickets   map[oauth.ID]oauth.Ticket
	families  map[oauth.ID]oauth.Family
	access    map[oauth.ID]oauth.AccessToken
	jwts      map[oauth.ID]time.Time // revoked ones, with their expiry
	initial   map[oauth.ID]oauth.InitialAccessToken
	consents  map[consentKey]oauth.Consent
	subjects  map[string]subject
	keys      []oauth.SigningKey
	uses      map[string]map[string]time.Time // of secrets, by client and secret
	mails     []account.Mail
	webhooks  []oauth.WebhookMessage
	// webhookFailures are the last failures of webhooks, by name.
	webhookFailures map[string]oauth.WebhookFailure
	// rejections are sorted, newest first.
	rejections []oauth.Rejection
	flows      []oauth.Flow // newest first
	tallies    map[tallyKey]int64
	users      map[string]userRow
	sessions   map[string]account.Session
	factors    map[account.FactorID]account.Factor
	pictures   map[string]account.Picture // by the ID of the user
	attempts   map[string]account.AttemptCount

	groups      map[string]groupRow
	invitations map[string]account.Invitation
	providers   map[string]account.StoredProvider
	definitions map[definitionKey]oauth.Definition
	// sessionClients are the clients of login sessions.
	sessionClients map[oauth.SessionClient]sessionClient
	issuer         string               // the last one that used the Store
	servers        map[string]serverUse // by the ID of the server
	hostPeople     bool                 // see HostPeople
	audit          auditLog
}

type consentKey struct{ subject, clientID string }

type subject struct {
	blocked       bool
	revokedBefore time.Time
}

type userRow struct {
	account.User
	canonical string
	metadata  json.RawMessage
}

// New returns an empty Store. If clock is nil, the Store uses time.Now. A test that
// passes a clock to latchkey.Options passes the same one here.
func New(clock func() time.Time) *Store {
	if clock == nil {
		clock = time.Now
	}
	return &Store{
		clock:     clock,
		clients:   make(map[string]oauth.Client),
		discarded: make(map[string]oauth.DeletedClient),
		tickets:   make(map[oauth.ID]oauth.Ticket),
		families:  make(map[oauth.ID]oauth.Family),
		access:    make(map[oauth.ID]oauth.AccessToken),
		jwts:      make(map[oauth.ID]time.Time),
		initial:   make(map[oauth.ID]oauth.InitialAccessToken),
		consents:  make(map[consentKey]oauth.Consent),
		uses:      make(map[string]map[string]time.Time),
		subjects:  make(map[string]subject),
		tallies:   make(map[tallyKey]int64),
		users:     make(map[string]userRow),
		sessions:  make(map[string]account.Session),
		factors:   make(map[account.FactorID]account.Factor),
		pictures:  make(map[string]account.Picture),
		attempts:  make(map[string]account.AttemptCount),

		groups:      make(map[string]groupRow),
		invitations: make(map[string]account.Invitation),
		providers:   make(map[string]account.StoredProvider),
		definitions: make(map[definitionKey]oauth.Definition),

		sessionClients: make(map[oauth.SessionClient]sessionClient),
	}
}

// Version counts the changes of clients, keys, definitions and login providers.
func (s *Store) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Ping always succeeds.
func (s *Store) Ping(context.Context) error { return nil }

// Close does nothing.
func (s *Store) Close() error { return nil }

// ms truncates a time to the millisecond, the precision of a database.
func ms(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
