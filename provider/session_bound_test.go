package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// OpenID Connect Core §11: without offline_access, the permission is revoked with
// the login session.
func TestRefreshEndsWithTheLoginSession(t *testing.T) {
	for scope, bound := range map[string]bool{"openid": true, "openid offline_access": false, "read": false} {
		h := newOpenIDHouse(t, func(config *provider.Config, _ *oauth.Client) { config.OwnLogin, config.ACRValues = true, nil })
		token := h.tokens("scope", scope, "prompt", "consent").RefreshToken
		h.pass(11 * time.Hour)
		response, err := h.refresh(token)
		if err != nil {
			t.Fatal(err)
		}
		h.pass(2 * time.Hour)
		found, err := h.introspect(response.RefreshToken)
		if err != nil || found.Active == bound {
			t.Errorf("%s: after the session has expired the refresh token is active: %t %v", scope, found.Active, err)
		}
		_, err = h.refresh(response.RefreshToken)
		if wantCode(t, err, map[bool]string{true: "invalid_grant"}[bound]); bound && !strings.Contains(fmt.Sprint(err), "login session") {
			t.Errorf("%s: got %v", scope, err)
		}
	}
}

func TestNothingIsApprovedInASessionThatHasEnded(t *testing.T) {
	for _, responseType := range oauth.ResponseTypes() {
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.OwnLogin, config.ACRValues, c.ResponseTypes = true, nil, oauth.ResponseTypes()
		})
		r, err := h.ask("scope", "openid", "response_type", responseType, "nonce", "n")
		if err != nil {
			t.Fatal(err)
		}
		h.Store = withdrawing{h.store, func() { _ = h.store.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{h.who.SessionID}, At: h.now}) }}
		if _, err := h.decide(r, h.who, "openid"); !errors.Is(err, provider.ErrChanged) {
			t.Errorf("%s: got %v", responseType, err)
		}
	}
}

// Every client that got an ID token, or a code for one, is notified, also long
// after its own tokens have expired.
func TestEveryClientWithAnIDTokenIsNotifiedOfTheLogout(t *testing.T) {
	for _, responseType := range oauth.ResponseTypes() {
		h, m := newMailbox(t)
		c := h.client()
		c.ID, c.ResponseTypes, c.GrantTypes, c.BackchannelLogoutURI = "second", oauth.ResponseTypes(), []string{oauth.GrantAuthorizationCode}, listens+"/2"
		h.add(c)
		h.id = "second"
		r, err := h.ask("scope", "openid", "response_type", responseType, "nonce", "n")
		if err != nil {
			t.Fatal(err)
		}
		h.mustDecide(r, h.who, "openid") // its code, if there is one, is not redeemed
		h.pass(60 * 24 * time.Hour)
		if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.DeliverLogouts(ctx); err != nil || len(m.tokens[listens+"/2"]) != 1 {
			t.Errorf("%s: %d logout tokens were sent: %v", responseType, len(m.tokens[listens+"/2"]), err)
		}
	}
}

// hanging is an Outbound with a client that never responds.
type hanging struct {
	mailbox
	hangs string
	tries atomic.Int64
}

func (*hanging) Check(string) error { return nil }

func (o *hanging) Post(ctx context.Context, address string, form url.Values) error {
	if address != o.hangs {
		return o.mailbox.Post(ctx, address, form)
	}
	o.tries.Add(1)
	time.Sleep(10 * time.Second)
	return errors.New("timeout")
}

func TestHangingClientDoesNotDelayTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &hanging{mailbox: mailbox{tokens: make(map[string][]string)}, hangs: listens}
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.Outbound, c.BackchannelLogoutURI, config.Clock = o, listens, time.Now
		})
		h.now = time.Now()
		second := h.client()
		second.ID, second.BackchannelLogoutURI = "second", listens+"/2"
		h.add(second)
		end := func(session, client string) {
			known := &oauth.SessionClient{SessionID: session, ClientID: client, Subject: "ada-id"}
			if _, err := h.store.Approve(ctx, oauth.Approval{Now: time.Now(), Session: known, SessionUntil: time.Now().Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
			if err := h.EndSessions(ctx, session); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			end(fmt.Sprint("hanging ", i), "client")
		}
		running, stop := context.WithCancel(ctx)
		go h.Run(running)
		time.Sleep(time.Second)
		end("other", "second")
		synctest.Wait()
		if len(o.tokens[listens+"/2"]) != 1 {
			t.Error("the other client was not notified at once")
		}
		time.Sleep(time.Minute)
		if tries := o.tries.Load(); tries > 12 {
			t.Errorf("%d attempts at the hanging client in a minute", tries)
		}
		stop()
		synctest.Wait()
	})
}

// While the person is disabled nothing is revoked, and the errors do not claim it.
func TestErrorsOfADisabledPersonDoNotSayRevoked(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	response, code := h.tokens("scope", "openid"), h.code("scope", "openid")
	if err := h.store.SetSubject(ctx, h.who.Subject, true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	_, refreshErr := h.refresh(response.RefreshToken)
	_, codeErr := h.exchange(code)
	_, infoErr := h.UserInfo(ctx, response.AccessToken)
	for name, err := range map[string]error{"refresh": refreshErr, "code": codeErr, "userinfo": infoErr} {
		if e, ok := errors.AsType[*oauth.Error](err); !ok || strings.Contains(e.Description, "revoked") || e.Reason != "disabled" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.store.SetSubject(ctx, h.who.Subject, false, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.refresh(response.RefreshToken); err != nil {
		t.Errorf("after enabling: %v", err)
	}
}

// A claim is part of a scope. If the scope is taken from the client, the claim is
// gone from everything that is issued or answered from then on.
func TestClaimsOfAScopeTakenFromAClientAreGone(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.Scopes, c.ResponseTypes, c.AccessTokenFormat = oauth.Scopes{"openid", "email", "read", "write"}, oauth.ResponseTypes(), oauth.JWT
	})
	const claims = `{"id_token":{"email":null},"userinfo":{"email":null}}`
	before := h.tokens("scope", "openid write", "claims", claims)
	if h.payload(before.IDToken)["email"] == nil || h.userinfo(before.AccessToken)["email"] == nil {
		t.Fatal("the claim was not there before")
	}
	code := h.code("scope", "openid", "claims", claims)
	begun, err := h.ask("scope", "openid read write", "claims", claims, "response_type", "code id_token token", "nonce", "n")
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	changed := *c
	changed.Scopes = oauth.Scopes{"openid", "read"}
	if err := h.store.UpdateClient(ctx, &changed); err != nil {
		t.Fatal(err)
	}
	refreshed, err := h.refresh(before.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	exchanged, err := h.exchange(code)
	if err != nil {
		t.Fatal(err)
	}
	front := h.mustDecide(begun, h.who, "openid", "read", "write", "email")
	for name, token := range map[string]string{"refreshed": refreshed.IDToken, "of a code": exchanged.IDToken, "in the browser": front.Get("id_token")} {
		if email := h.payload(token)["email"]; email != nil {
			t.Errorf("the ID token %s has email %v", name, email)
		}
	}
	for name, token := range map[string]string{"before": before.AccessToken, "refreshed": refreshed.AccessToken, "in the browser": front.Get("access_token")} {
		if email := h.userinfo(token)["email"]; email != nil {
			t.Errorf("userinfo with the token %s has email %v", name, email)
		}
	}
	if scope := h.payload(front.Get("access_token"))["scope"]; scope != "openid read" {
		t.Errorf("the JWT in the browser has the scope %v", scope)
	}
}

// RFC 8252 §8.6: a secret proves nothing about who receives a response in the
// browser.
func TestPeopleAreAskedEveryTimeIfAnotherProgramCanReceiveTheTokens(t *testing.T) {
	const loopback, private, web = "http://127.0.0.1/cb", "com.example.app:/cb", callback
	for _, test := range []struct {
		clientType        oauth.ClientType
		uri, responseType string
		asked             bool
	}{
		{oauth.Confidential, web, "id_token token", false},
		{oauth.Confidential, loopback, "code", false},
		{oauth.Confidential, loopback, "id_token", true},
		{oauth.Confidential, private, "id_token token", true},
		{oauth.Confidential, private, "code id_token", true},
		{oauth.Public, loopback, "code", true},
		{oauth.Public, web, "code", false},
	} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.Type, c.RedirectURIs, c.ResponseTypes, c.SkipAuthorization = test.clientType, []string{loopback, private, web}, oauth.ResponseTypes(), true
		})
		r, err := h.ask("scope", "openid", "redirect_uri", test.uri, "response_type", test.responseType, "nonce", "n", "prompt", "none")
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Next(ctx, r, &h.who)
		wantCode(t, err, map[bool]string{true: "consent_required"}[test.asked])
		if test.asked && !strings.Contains(fmt.Sprint(err), "every time") {
			t.Errorf("%+v: the error does not say the rule: %v", test, err)
		}
	}
}

// OpenID Connect RP-Initiated Logout §2.
func TestOnlyAnIDTokenOfThisSessionLogsOutWithoutAsking(t *testing.T) {
	for _, alg := range []string{oauth.AlgES256, oauth.AlgHS256} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.IDTokenAlg = oauth.AlgES256 })
		if alg == oauth.AlgHS256 {
			c := h.client()
			c.ID, c.IDTokenAlg = "mac", alg
			if err := h.SecretKeeper().Keep(c, h.key); err != nil {
				t.Fatal(err)
			}
			h.id = "mac"
			h.add(c)
		}
		hint := h.tokens("scope", "openid", "nonce", "n").IDToken
		r, err := h.Logout(ctx, params(t, "id_token_hint", hint))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := h.HintMatches(r, h.who), alg == oauth.AlgES256; got != want {
			t.Errorf("%s: an ID token of this session matches: %t", alg, got)
		}
		later := h.who
		later.SessionID = "a later session"
		if h.HintMatches(r, later) {
			t.Errorf("%s: an ID token of an earlier session matches", alg)
		}
	}
}
