package provider_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// mailbox is an Outbound that keeps the logout tokens that are sent to clients.
type mailbox struct {
	noDocuments
	mu     sync.Mutex
	broken bool
	tokens map[string][]string // by URL
}

func (m *mailbox) Get(context.Context, string, int64) ([]byte, error) { return nil, errors.New("no") }

func (*mailbox) Check(string) error { return nil }

func (m *mailbox) Post(_ context.Context, address string, form url.Values) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errors.New("503")
	}
	m.tokens[address] = append(m.tokens[address], form.Get("logout_token"))
	return nil
}

const listens = "https://app.example/logout"

func newMailbox(t *testing.T) (*house, *mailbox) {
	m := &mailbox{tokens: make(map[string][]string)}
	return newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Outbound, c.BackchannelLogoutURI = m, listens
	}), m
}

// TestLogoutTokenHasTheClaimsOfBackChannelLogout: OpenID Connect Back-Channel
// Logout §2.4. Its sub and sid are those of the ID token.
func TestLogoutTokenHasTheClaimsOfBackChannelLogout(t *testing.T) {
	h, m := newMailbox(t)
	answer := h.tokens("scope", "openid")
	id := h.payload(answer.IDToken)
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	if n, err := h.DeliverLogouts(ctx); err != nil || n != 1 || len(m.tokens[listens]) != 1 {
		t.Fatalf("%d notices: %v", n, err)
	}
	token := m.tokens[listens][0]
	claims := h.payload(token)
	for _, name := range []string{"iss", "aud", "sub", "sid"} {
		if claims[name] != id[name] || claims[name] == nil {
			t.Errorf("%s is %v, in the ID token %v", name, claims[name], id[name])
		}
	}
	events, _ := claims["events"].(map[string]any)
	if _, there := events["http://schemas.openid.net/event/backchannel-logout"]; !there || claims["nonce"] != nil || claims["jti"] == nil {
		t.Errorf("got %v", claims)
	}
	if life := claims["exp"].(float64) - claims["iat"].(float64); life > 120 {
		t.Errorf("it is valid for %v s", life)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || signed.Signatures[0].Protected.ExtraHeaders["typ"] != "logout+jwt" {
		t.Errorf("the header is %+v: %v", signed, err)
	}
	_, err = h.ask("scope", "openid", "id_token_hint", token)
	wantCode(t, err, "invalid_request") // it is not an ID token
	if _, err := h.refresh(answer.RefreshToken); err == nil {
		t.Error("the refresh token is valid after its session has ended")
	}
	if n, err := h.DeliverLogouts(ctx); err != nil || n != 0 {
		t.Errorf("the client is notified again: %d %v", n, err)
	}
}

func TestFailedLogoutNoticeIsRetriedForADay(t *testing.T) {
	h, m := newMailbox(t)
	h.tokens("scope", "openid offline_access")
	m.broken = true
	if err := h.EndSessionsOf(ctx, "ada-id", ""); err != nil {
		t.Fatal(err)
	}
	tries := 0
	for range 40 {
		n, err := h.DeliverLogouts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tries += n
		h.pass(time.Minute)
	}
	if tries < 4 || tries > 8 {
		t.Errorf("%d attempts in 40 minutes", tries)
	}
	m.broken = false
	h.pass(time.Hour)
	if n, err := h.DeliverLogouts(ctx); err != nil || n != 1 || len(m.tokens[listens]) != 1 {
		t.Errorf("when the client is available again: %d %v", n, err)
	}

	h.tokens("scope", "openid")
	m.broken = true
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		h.pass(time.Hour)
		if _, err := h.DeliverLogouts(ctx); err != nil {
			t.Fatal(err)
		}
	}
	m.broken = false
	h.pass(10 * time.Hour)
	if n, err := h.DeliverLogouts(ctx); err != nil || n != 0 {
		t.Errorf("after more than a day the notice is still retried: %d %v", n, err)
	}
}

func TestClientWithoutTheSessionIsNotNotified(t *testing.T) {
	h, m := newMailbox(t)
	h.tokens("scope", "read")
	if err := h.EndSessions(ctx, h.who.SessionID, "unknown"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.DeliverLogouts(ctx); err != nil || n != 0 || len(m.tokens) != 0 {
		t.Errorf("%d notices, %v", n, err)
	}
}

// patient is an Outbound whose first client responds only after the second client
// was notified.
type patient struct {
	mailbox
	told chan struct{}
}

func (*patient) Check(string) error { return nil }

func (p *patient) Post(ctx context.Context, address string, form url.Values) error {
	if address != listens {
		close(p.told)
		return nil
	}
	<-p.told
	return p.mailbox.Post(ctx, address, form)
}

func TestSlowClientDoesNotDelayOtherLogoutNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if all goroutines wait
		p := &patient{mailbox: mailbox{tokens: make(map[string][]string)}, told: make(chan struct{})}
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.Outbound, c.BackchannelLogoutURI = p, listens
		})
		h.tokens("scope", "openid")
		h.id = "second"
		second := h.client()
		second.BackchannelLogoutURI = listens + "/2"
		h.add(second)
		h.pass(time.Second)
		h.tokens("scope", "openid")
		if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
			t.Fatal(err)
		}
		if n, err := h.DeliverLogouts(ctx); err != nil || n != 2 || len(p.tokens[listens]) != 1 {
			t.Errorf("%d notices: %v", n, err)
		}
	})
}
