package provider

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Requests with tokens that this server did not make cannot fill the memory
// that real clients need, and real ones only up to its bound.
func TestOnlyTokensOfThisServerAreRemembered(t *testing.T) {
	s := &Provider{Config: Config{Clock: time.Now}, refreshTokens: newRefreshTokens(make([]byte, 32))}
	now := time.Now()
	family := oauth.NewID(now)
	invented := oauth.Token{Kind: oauth.KindRefresh, ID: family, Secret: [32]byte{1}}
	for _, text := range []string{invented.String(), "lk_rt_", ""} {
		s.noteFailure(context.Background(), refreshParams(t, text), now, oauth.ErrUnavailable)
	}
	if n := len(s.unanswered.all()); n != 0 {
		t.Errorf("%d invented tokens are remembered", n)
	}
	first := s.refreshTokens.first(family)
	for range 2 {
		s.noteFailure(context.Background(), refreshParams(t, first.String()), now, oauth.ErrUnavailable)
	}
	if n := len(s.unanswered.all()); n != 1 {
		t.Errorf("%d series, want one for the same token", n)
	}
	for i := range maxUnanswered + 10 {
		var token oauth.Token
		token.ID[0], token.ID[1], token.ID[2], token.Secret[0] = byte(i), byte(i>>8), byte(i>>16), 1
		token.Secret[1], token.Secret[2], token.Secret[3] = byte(i), byte(i>>8), byte(i>>16)
		token.ID[15] = 1
		s.unanswered.add(token, now)
	}
	if n := len(s.unanswered.all()); n != maxUnanswered {
		t.Errorf("%d series are remembered, want %d at most", n, maxUnanswered)
	}
}

func refreshParams(t *testing.T, token string) oauth.Params {
	t.Helper()
	p, err := ParseParams("grant_type=refresh_token&refresh_token=" + token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Any caller can make the server busy, so that does not put the decision about a
// reused token off, and keeps nobody entitled.
func TestBusyServerIsNotAFailureOfTheStore(t *testing.T) {
	s := &Provider{Config: Config{Clock: time.Now}, refreshTokens: newRefreshTokens(make([]byte, 32))}
	now := time.Now()
	token := s.refreshTokens.first(oauth.NewID(now))
	for _, err := range []error{errBusy, errUndecided} {
		s.noteFailure(context.Background(), refreshParams(t, token.String()), now, err)
		if s.unanswered.undecided(now) || len(s.unanswered.all()) != 0 {
			t.Errorf("%v counts as a failure of the Store", err)
		}
	}
	s.noteFailure(context.Background(), refreshParams(t, token.String()), now, oauth.ErrUnavailable)
	if !s.unanswered.undecided(now) || len(s.unanswered.all()) != 1 {
		t.Error("a failure of the Store does not count")
	}
}
