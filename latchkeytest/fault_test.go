package latchkeytest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A refresher refreshes a token as a client does.
type refresher struct {
	p      *latchkeytest.Provider
	client *oauth.Client
	secret string
	tokens latchkeytest.Tokens
}

func newRefresher(t *testing.T) *refresher {
	t.Helper()
	r := &refresher{p: latchkeytest.New(t)}
	r.client, r.secret = r.p.AddClient("https://app.example/cb", nil)
	r.tokens = r.p.Tokens(r.client, r.secret, "ada", "read")
	return r
}

func (r *refresher) refresh(ctx context.Context) (status int, body string, err error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.tokens.RefreshToken}, "client_id": {r.client.ID}, "client_secret": {r.secret}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.p.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// TestLostResponseComesAfterTheCommit: a repeated refresh inside the replay window
// returns the lost tokens, and a late one revokes them all.
func TestLostResponseComesAfterTheCommit(t *testing.T) {
	for late, want := range map[bool]int{false: http.StatusOK, true: http.StatusBadRequest} {
		r := newRefresher(t)
		r.p.Break(latchkeytest.Fault{Path: "token", Times: 1, LoseResponse: true})
		if _, body, err := r.refresh(t.Context()); err == nil {
			t.Fatalf("the response was not lost: %s", body)
		}
		if late {
			r.p.Advance(time.Minute)
		}
		if status, body, err := r.refresh(t.Context()); status != want || err != nil {
			t.Errorf("late %t: got %d %s %v", late, status, body, err)
		}
	}
}

func TestParallelRefreshGetsTheSameTokens(t *testing.T) {
	r := newRefresher(t)
	r.p.Break(latchkeytest.Fault{Path: "token", Times: 1, Twice: true})
	status, first, err := r.refresh(t.Context())
	if status != http.StatusOK || err != nil {
		t.Fatal(status, first, err)
	}
	if _, second, _ := r.refresh(t.Context()); second != first {
		t.Errorf("got %s\nand %s", first, second)
	}
}

func TestStatusAndDelayHaveNoEffect(t *testing.T) {
	r := newRefresher(t)
	repair := r.p.Break(latchkeytest.Fault{Status: http.StatusServiceUnavailable})
	if status, _, _ := r.refresh(t.Context()); status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
	repair()
	repair = r.p.Break(latchkeytest.Fault{Path: "/token/", Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := r.refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	repair()
	r.p.Break(latchkeytest.Fault{Path: "introspect", Status: http.StatusTeapot}) // of another endpoint
	r.p.Advance(time.Hour)
	if status, body, err := r.refresh(t.Context()); status != http.StatusOK || err != nil {
		t.Errorf("the refresh token was used: %d %s %v", status, body, err)
	}
}
