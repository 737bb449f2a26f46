package provider_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestOrderedTokenIsAnOrdinaryAccessToken: it can be checked, is revoked like others, is
// logged and reported, and claims no login that did not happen.
func TestOrderedTokenIsAnOrdinaryAccessToken(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		var events []oauth.Event
		var log bytes.Buffer
		h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
			client.AccessTokenFormat = format
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			c.OnEvent = func(_ context.Context, e oauth.Event) { events = append(events, e.Labels()) }
		})
		token, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"openid", "read", "offline_access"}})
		if err != nil {
			t.Fatal(err)
		}
		if token.RefreshToken != "" || token.IDToken != "" || token.Scope != "openid read" {
			t.Errorf("%s: the response is %+v", format, token)
		}
		if want := (oauth.Event{Name: oauth.EventToken, Kind: oauth.KindDirect, Outcome: oauth.OutcomeOK}); !slices.Contains(events, want) {
			t.Errorf("%s: the events are %+v", format, events)
		}
		if text := log.String(); !strings.Contains(text, "client_id="+h.id) || !strings.Contains(text, "subject=ada-id") || strings.Contains(text, token.AccessToken) {
			t.Errorf("%s: the log is %s", format, text)
		}
		if format == oauth.JWT {
			if claims := h.payload(token.AccessToken); claims["auth_time"] != nil || claims["sub"] != "ada-id" {
				t.Errorf("the claims are %v", claims)
			}
		}
		found, err := h.CheckAccessToken(ctx, token.AccessToken)
		if err != nil || !found.Active || found.Subject != "ada-id" || found.ClientID != h.id {
			t.Errorf("%s: the token is %+v %v", format, found, err)
		}
		if err := h.store.WithdrawConsent(ctx, "ada-id", h.id, h.now); err != nil {
			t.Fatal(err)
		}
		if found, err := h.CheckAccessToken(ctx, token.AccessToken); err != nil || found.Active {
			t.Errorf("%s: after the consent was withdrawn, the token is %+v %v", format, found, err)
		}
	}
}

func TestOrderedTokenOfAClientItselfIsThatOfClientCredentials(t *testing.T) {
	h := newHouse(t, nil)
	token, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Scope: oauth.Scopes{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.CheckAccessToken(ctx, token.AccessToken); err != nil || found.Subject != h.id || found.Scope != "read" {
		t.Errorf("the token is %+v %v", found, err)
	}
}

// TestOrderedTokenIsLimitedToWhatTheClientAndThePersonCouldGet, even by an order of the
// host program.
func TestOrderedTokenIsLimitedToWhatTheClientAndThePersonCouldGet(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
		client.Scopes = oauth.Scopes{"openid", "read", "offline_access"}
		c.OwnLogin = true
		c.FindPerson = func(_ context.Context, q oauth.PersonQuery) (string, error) {
			if q.By == oauth.PersonBySubject && q.Value == "stranger" {
				return "", oauth.ErrNotFound
			}
			return q.Value, nil
		}
	})
	add := func(id string, change func(*oauth.Client)) {
		c := h.client()
		c.ID = id
		change(c)
		h.add(c)
	}
	add("disabled", func(c *oauth.Client) { c.Disabled = true })
	add("job", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantClientCredentials} })
	add("exchange", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantTokenExchange} })
	add("public", func(c *oauth.Client) { c.Type = oauth.Public })
	if err := h.store.SetSubject(ctx, "blocked", true, h.now); err != nil {
		t.Fatal(err)
	}
	read := oauth.Scopes{"read"}
	for name, test := range map[string]struct {
		order provider.TokenOrder
		code  string
	}{
		"an unknown client":              {provider.TokenOrder{ClientID: "unknown", Subject: "ada-id", Scope: read}, oauth.CodeInvalidClient},
		"a disabled client":              {provider.TokenOrder{ClientID: "disabled", Subject: "ada-id", Scope: read}, oauth.CodeInvalidClient},
		"a scope that is not allowed":    {provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"write"}}, oauth.CodeInvalidScope},
		"an unknown scope":               {provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"root"}}, oauth.CodeInvalidScope},
		"only offline_access":            {provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"offline_access"}}, oauth.CodeInvalidScope},
		"a client without people":        {provider.TokenOrder{ClientID: "job", Subject: "ada-id", Scope: read}, oauth.CodeUnauthorizedClient},
		"a client that exchanges tokens": {provider.TokenOrder{ClientID: "exchange", Subject: "ada-id", Scope: read}, oauth.CodeUnauthorizedClient},
		"a client that needs a person":   {provider.TokenOrder{ClientID: "exchange", Scope: read}, oauth.CodeUnauthorizedClient},
		"a public client itself":         {provider.TokenOrder{ClientID: "public", Scope: read}, oauth.CodeUnauthorizedClient},
		"a disabled person":              {provider.TokenOrder{ClientID: h.id, Subject: "blocked", Scope: read}, oauth.CodeInvalidGrant},
		"a person without an account":    {provider.TokenOrder{ClientID: h.id, Subject: "stranger", Scope: read}, oauth.CodeInvalidGrant},
		"a client as the person":         {provider.TokenOrder{ClientID: h.id, Subject: "job", Scope: read}, oauth.CodeInvalidGrant},
		"a subject that is not text":     {provider.TokenOrder{ClientID: h.id, Subject: "a\x00", Scope: read}, oauth.CodeInvalidRequest},
		"a subject that is too long":     {provider.TokenOrder{ClientID: h.id, Subject: strings.Repeat("a", 256), Scope: read}, oauth.CodeInvalidRequest},
		"an unknown resource":            {provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: read, Resources: []string{"https://other.example"}}, "invalid_target"},
	} {
		token, err := h.IssueToken(ctx, test.order)
		if refused, ok := errors.AsType[*oauth.Error](err); !ok || refused.Code != test.code || token != nil {
			t.Errorf("%s: got %+v %v", name, token, err)
		}
	}
}

// TestTokenIsNotIssuedForAPersonOfAHostWhoIsGone, even by an order of the host program.
func TestTokenIsNotIssuedForAPersonOfAHostWhoIsGone(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.CheckPerson = func(_ context.Context, subject string) (string, bool, error) { return "", subject == "ada-id", nil }
	})
	for subject, want := range map[string]string{"ada-id": "", "gone": oauth.CodeInvalidGrant} {
		_, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Subject: subject, Scope: oauth.Scopes{"read"}})
		refused, _ := errors.AsType[*oauth.Error](err)
		if (err == nil) != (want == "") || refused != nil && refused.Code != want {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

// RFC 6749 §5.2: a client cannot request what only the host program can order.
func TestNoClientCanRequestAnOrderedToken(t *testing.T) {
	h := newHouse(t, nil)
	_, err := h.token("grant_type", oauth.KindDirect, "scope", "read")
	if refused, ok := errors.AsType[*oauth.Error](err); !ok || refused.Code != oauth.CodeUnsupportedGrantType {
		t.Errorf("got %v", err)
	}
}

// A grant type of the host program is enough for a token about a person, if the client may
// use it. Its function is not called.
func TestTokenCanBeOrderedWithAGrantOfTheHost(t *testing.T) {
	v := &vouchers{err: errors.New("Decide was called")}
	h := v.house(t, func(_ *provider.Config, c *oauth.Client) { c.GrantTypes = []string{voucherType} })
	order := provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{"read"}}
	token, err := h.IssueToken(ctx, order)
	if err != nil || !h.active(token.AccessToken) {
		t.Errorf("%+v %v", token, err)
	}
	h.edit(func(c *oauth.Client) { c.GrantTypes = []string{"client_credentials"} })
	_, err = h.IssueToken(ctx, order)
	wantCode(t, err, oauth.CodeUnauthorizedClient)
}
