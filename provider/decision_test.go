package provider_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// decide approves the request for a person, and returns the fields of the answer.
func (h *house) decide(r *provider.AuthorizationRequest, who oauth.Authentication, scope ...string) (url.Values, error) {
	h.t.Helper()
	again := *r // as it is opened for each decision
	again.Show(who)
	response, err := h.Approve(ctx, &again, who, scope, true)
	if err != nil {
		return nil, err
	}
	fields := url.Values{}
	for i := 0; i < len(response.Fields); i += 2 {
		fields.Set(response.Fields[i], response.Fields[i+1])
	}
	return fields, nil
}

func (h *house) mustDecide(r *provider.AuthorizationRequest, who oauth.Authentication, scope ...string) url.Values {
	h.t.Helper()
	fields, err := h.decide(r, who, scope...)
	if err != nil {
		h.t.Fatal(err)
	}
	return fields
}

// another is another person in the same browser.
var another = oauth.Authentication{Subject: "bob-id", SessionID: "bobs session", AuthTime: time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)}

func TestCodeBelongsToThePersonWhoDecidedLast(t *testing.T) {
	sameLogin := newHouse(t, nil).who // of a host program whose sessions have no ids
	sameLogin.Subject = another.Subject
	for name, bob := range map[string]oauth.Authentication{"another session": another, "the same session and time": sameLogin} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			r, err := h.ask("scope", "read write")
			if err != nil {
				t.Fatal(err)
			}
			adas := h.mustDecide(r, h.who, "read", "write").Get("code")
			bobs := h.mustDecide(r, bob, "read", "write").Get("code")
			if adas == bobs {
				t.Error("both got the same code")
			}
			_, err = h.exchange(adas)
			wantCode(t, err, "invalid_grant")
			response, err := h.exchange(bobs)
			if err != nil {
				t.Fatal(err)
			}
			if found, err := h.CheckAccessToken(ctx, response.AccessToken); err != nil || found.Subject != "bob-id" {
				t.Errorf("the token of the last decision is %+v: %v", found, err)
			}
			if _, err := h.decide(r, h.who, "read"); !errors.Is(err, oauth.ErrConflict) {
				t.Errorf("a decision after the code was used: %v", err)
			}
		})
	}
}

func TestLastDecisionOfAPersonReplacesTheFirst(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask("scope", "read write")
	if err != nil {
		t.Fatal(err)
	}
	first := h.mustDecide(r, h.who, "read", "write").Get("code")
	h.pass(time.Second)
	if again := h.mustDecide(r, h.who, "read", "write").Get("code"); again != first {
		t.Error("the same decision made another code")
	}
	response, err := h.exchange(h.mustDecide(r, h.who, "read").Get("code"))
	if err != nil || response.Scope != "read" {
		t.Errorf("got %+v: %v", response, err)
	}
	_, err = h.exchange(first)
	wantCode(t, err, "invalid_grant")
	if !h.active(response.AccessToken) {
		t.Error("presenting the replaced code revoked the tokens of the last one")
	}
}

func TestAccessTokenInTheBrowserBelongsToTheLastDecision(t *testing.T) {
	for _, format := range oauth.TokenFormats() {
		for _, responseType := range []string{"code token", "id_token token"} {
			t.Run(format+" "+responseType, func(t *testing.T) {
				h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
					c.AccessTokenFormat, c.ResponseTypes = oauth.TokenFormat(format), oauth.ResponseTypes()
				})
				r, err := h.ask("scope", "openid read write", "response_type", responseType, "nonce", "n")
				if err != nil {
					t.Fatal(err)
				}
				h.pass(time.Minute)
				adas := h.mustDecide(r, h.who, "openid", "read", "write").Get("access_token")
				h.pass(time.Second)
				if again := h.mustDecide(r, h.who, "openid", "read", "write").Get("access_token"); format == string(oauth.Opaque) && again != adas {
					t.Error("the same decision made another access token")
				}
				narrow := h.mustDecide(r, h.who, "openid", "read").Get("access_token")
				bobs := h.mustDecide(r, another, "openid", "read").Get("access_token")
				for name, test := range map[string]struct {
					token  string
					active bool
				}{"the first decision": {adas, false}, "the second": {narrow, false}, "the last": {bobs, true}} {
					found, err := h.CheckAccessToken(ctx, test.token)
					if err != nil || found.Active != test.active || (found.Active && (found.Subject != "bob-id" || found.Scope != "openid read")) {
						t.Errorf("the token of %s: %+v %v", name, found, err)
					}
				}
			})
		}
	}
}

// An access token that goes through the browser is as old as the decision, and
// not as the request: the person may have set a new password in between.
func TestAccessTokenInTheBrowserOutlivesARevocationBeforeTheDecision(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.AccessTokenFormat, c.ResponseTypes = oauth.JWT, oauth.ResponseTypes()
	})
	r, err := h.ask("scope", "openid", "response_type", "id_token token", "nonce", "n")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	if err := h.store.SetSubject(ctx, h.who.Subject, false, h.now); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	if !h.active(h.mustDecide(r, h.who, "openid").Get("access_token")) {
		t.Error("the token is not active")
	}
}

func TestWithoutScopeOpenIDThereIsNoIDToken(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.ResponseTypes = oauth.ResponseTypes() })
	for _, responseType := range oauth.ResponseTypes() {
		r, err := h.ask("scope", "openid read", "response_type", responseType, "nonce", "n")
		if err != nil {
			t.Fatal(err)
		}
		h.mustDecide(r, h.who, "openid", "read")
		fields, err := h.decide(r, h.who, "read")
		if fields.Has("id_token") {
			t.Errorf("%s: there is an ID token", responseType)
		}
		if err == nil {
			if response, err := h.exchange(fields.Get("code")); fields.Has("code") && (err != nil || response.IDToken != "") {
				t.Errorf("%s: got %+v: %v", responseType, response, err)
			}
		} else {
			wantCode(t, err, "access_denied")
		}
		silent, err := h.ask("scope", "openid read", "response_type", responseType, "nonce", "n", "prompt", "none")
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Next(ctx, silent, &h.who)
		wantCode(t, err, "consent_required")
	}
}

func TestScopeThatIsNotAllowedAnyMoreIsNotGrantedSilently(t *testing.T) {
	h := newHouse(t, nil)
	silent := func() error {
		r, err := h.ask("scope", "read write", "prompt", "none")
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Next(ctx, r, &h.who)
		return err
	}
	for _, test := range []struct {
		allowed []string
		code    string
	}{{[]string{"read", "write"}, ""}, {[]string{"read"}, "consent_required"}, {[]string{"read", "write"}, ""}} {
		r, err := h.ask("scope", "read write", "prompt", "consent")
		if err != nil {
			t.Fatal(err)
		}
		h.mustDecide(r, h.who, test.allowed...)
		wantCode(t, silent(), test.code)
	}
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	h.mustDecide(r, h.who, "read")
	wantCode(t, silent(), "") // write was not shown
}

// The consent is withdrawn after it was read, and before the code is written.
func TestConsentWithdrawnBeforeTheCodeIsWrittenIsNotUsed(t *testing.T) {
	h := newHouse(t, nil)
	h.code("scope", "read")
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	withdrawn := withdrawing{h.store, func() { _ = h.store.WithdrawConsent(ctx, h.who.Subject, h.id, h.now) }}
	h.Store = withdrawn
	if _, err := h.Approve(ctx, r, h.who, oauth.Scopes{"read"}, false); !errors.Is(err, provider.ErrChanged) {
		t.Errorf("got %v", err)
	}
}

// withdrawing is a Store in which something happens before an approval is written.
type withdrawing struct {
	oauth.Store
	happens func()
}

func (s withdrawing) Approve(ctx context.Context, a oauth.Approval) (time.Time, error) {
	s.happens()
	return s.Store.Approve(ctx, a)
}
