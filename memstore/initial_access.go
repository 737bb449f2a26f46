package memstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddInitialAccessToken adds an initial access token.
func (s *Store) AddInitialAccessToken(ctx context.Context, t oauth.InitialAccessToken) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	t.CreatedAt, t.ExpiresAt = ms(t.CreatedAt), ms(t.ExpiresAt)
	s.initial[t.ID] = t
	return nil
}

// InitialAccessToken returns the token with the ID.
func (s *Store) InitialAccessToken(_ context.Context, id oauth.ID) (oauth.InitialAccessToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, err := find(s.initial, id)
	if err != nil {
		return oauth.InitialAccessToken{}, err
	}
	return *token, nil
}

// UseInitialAccessToken counts a use of a token that is valid.
func (s *Store) UseInitialAccessToken(_ context.Context, id oauth.ID, now time.Time) error {
	if now.IsZero() {
		return oauth.ErrNoTime
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token, known := s.initial[id]
	if !known || !token.Valid(ms(now)) {
		return oauth.ErrNotFound
	}
	token.Used++
	s.initial[id] = token
	return nil
}

// InitialAccessTokens returns the newest tokens.
func (s *Store) InitialAccessTokens(context.Context) (all []oauth.InitialAccessToken, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, token := range s.initial {
		all = append(all, token)
	}
	slices.SortFunc(all, func(a, b oauth.InitialAccessToken) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return all[:min(len(all), oauth.MostInitialAccessTokens)], nil
}

// RevokeInitialAccessToken deletes a token.
func (s *Store) RevokeInitialAccessToken(ctx context.Context, id oauth.ID) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if _, known := s.initial[id]; !known {
		return oauth.ErrNotFound
	}
	delete(s.initial, id)
	return nil
}
