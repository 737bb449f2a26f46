package provider_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func withoutPKCE(c *oauth.Client) { c.CodeWithoutPKCE = true }

func TestInvalidAuthorizationRequestIsRejectedBeforeAnyPage(t *testing.T) {
	for name, test := range map[string]struct {
		pairs  []string
		change func(*oauth.Client)
		person bool // only the person may see the error
		code   string
	}{
		"a right request (RFC 6749 §4.1.1)":              {},
		"unknown parameters are ignored (RFC 6749 §3.1)": {pairs: []string{"foo", "bar", "ui_locales", "xx-YY", "acr_values", "z"}},
		"no redirect_uri, one registered":                {pairs: []string{"redirect_uri", ""}},
		"no client_id":                                   {pairs: []string{"client_id", ""}, person: true, code: "invalid_request"},
		"unknown client_id":                              {pairs: []string{"client_id", "nobody"}, person: true, code: "invalid_client"},
		"a disabled client":                              {change: func(c *oauth.Client) { c.Disabled = true }, person: true, code: "unauthorized_client"},
		"another redirect_uri":                           {pairs: []string{"redirect_uri", "https://evil.example/"}, person: true, code: "invalid_request"},
		"a relative redirect_uri":                        {pairs: []string{"redirect_uri", "/cb"}, person: true, code: "invalid_request"},
		"no redirect_uri, two registered":                {pairs: []string{"redirect_uri", ""}, change: func(c *oauth.Client) { c.RedirectURIs = append(c.RedirectURIs, "https://b") }, person: true, code: "invalid_request"},
		"no response_type":                               {pairs: []string{"response_type", ""}, code: "invalid_request"},
		"an unknown response_type":                       {pairs: []string{"response_type", "magic"}, code: "unsupported_response_type"},
		"implicit":                                       {pairs: []string{"response_type", "token"}, code: "unsupported_response_type"},
		"a client that is not allowed to":                {change: func(c *oauth.Client) { c.GrantTypes = []string{"client_credentials"} }, code: "unauthorized_client"},
		"no code_challenge":                              {pairs: []string{"code_challenge", "", "code_challenge_method", ""}, code: "invalid_request"},
		"an unknown code_challenge_method":               {pairs: []string{"code_challenge_method", "S1"}, code: "invalid_request"},
		"plain":                                          {pairs: []string{"code_challenge_method", "plain"}, code: "invalid_request"},
		"no code_challenge_method":                       {pairs: []string{"code_challenge_method", ""}, code: "invalid_request"},
		"a code_challenge that S256 cannot make":         {pairs: []string{"code_challenge", "abc"}, code: "invalid_request"},
		"an unknown scope":                               {pairs: []string{"scope", "read fly"}, code: "invalid_scope"},
		"a scope that is not allowed for the client":     {pairs: []string{"scope", "write"}, change: func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read"} }, code: "invalid_scope"},
		"a scope with a forbidden character":             {pairs: []string{"scope", "re\"ad"}, code: "invalid_scope"},
		"prompt=none with another":                       {pairs: []string{"prompt", "none login"}, code: "invalid_request"},
		"an unknown prompt":                              {pairs: []string{"prompt", "dance"}, code: "invalid_request"},
		"a max_age that is not a number":                 {pairs: []string{"max_age", "soon"}, code: "invalid_request"},
		"a negative max_age":                             {pairs: []string{"max_age", "-1"}, code: "invalid_request"},
		"a max_age beyond all bounds":                    {pairs: []string{"max_age", "99999999999999999999"}},
		"a confidential client that may do without PKCE": {pairs: []string{"code_challenge", "", "code_challenge_method", ""}, change: withoutPKCE},
		"a public client that was set to do without":     {pairs: []string{"code_challenge", "", "code_challenge_method", ""}, change: func(c *oauth.Client) { c.Type = oauth.Public; withoutPKCE(c) }, code: "invalid_request"},
		"a client stored with both PKCE settings":        {pairs: []string{"code_challenge", "", "code_challenge_method", ""}, change: func(c *oauth.Client) { withoutPKCE(c); c.RequirePKCE = true }, code: "invalid_request"},
		"half of PKCE, though it may do without":         {pairs: []string{"code_challenge", ""}, change: withoutPKCE, code: "invalid_request"},
		"a request object":                               {pairs: []string{"request", "eyJ"}, code: "invalid_request_object"},
		"a request_uri without an Outbound":              {pairs: []string{"request_uri", "https://x"}, code: "request_uri_not_supported"},
		"an unsupported response_mode":                   {pairs: []string{"response_mode", "web_message"}, code: "invalid_request"},
		"a very long state":                              {pairs: []string{"state", long}, code: "invalid_request"},
		"a very long nonce":                              {pairs: []string{"nonce", long}, code: "invalid_request"},
		"a very long scope":                              {pairs: []string{"scope", long}, code: "invalid_scope"},
		"a public client without PKCE":                   {pairs: []string{"code_challenge", "", "code_challenge_method", ""}, change: func(c *oauth.Client) { c.Type = oauth.Public }, code: "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.change != nil {
					test.change(c)
				}
			})
			r, err := h.ask(test.pairs...)
			wantCode(t, err, test.code)
			if test.person != (r == nil) {
				t.Errorf("only the person may see it: %v, want %v", r == nil, test.person)
			}
			if r == nil || err == nil {
				return
			}
			var e *oauth.Error
			errors.As(err, &e)
			back := h.Refuse(r, e).Location()
			if name == "implicit" { // in the fragment, where a client that asks for token looks (RFC 6749 §4.2.2.1)
				back = strings.Replace(back, "#", "?", 1)
			}
			if !strings.HasPrefix(back, callback+"?error="+test.code+"&") {
				t.Errorf("the error goes to %s", back)
			}
			// iss on errors too (RFC 9207 §2).
			if got := answer(t, back).Get("iss"); got != issuer {
				t.Errorf("iss is %q", got)
			}
		})
	}
}

func TestResponseGoesToTheExactRedirectURI(t *testing.T) {
	for name, test := range map[string]struct{ registered, mode, want string }{
		"plain":                  {callback, "", callback + "?code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
		"with a query":           {callback + "?a=%20b", "", callback + "?a=%20b&code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
		"with an empty query":    {callback + "?", "", callback + "?code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
		"an app's own scheme":    {"com.example.app:/cb", "", "com.example.app:/cb?code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
		"form_post to an app":    {"com.example.app:/cb", "form_post", "com.example.app:/cb?code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
		"response_mode=fragment": {callback, "fragment", callback + "#code=*&state=x+y%26&iss=https%3A%2F%2Fid.example%2Fo"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.RedirectURIs = []string{test.registered} })
			r, err := h.ask("redirect_uri", test.registered, "state", "x y&", "response_mode", test.mode)
			if err != nil {
				t.Fatal(err)
			}
			r.Show(h.who)
			response, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil {
				t.Fatal(err)
			}
			got := response.Location()
			before, after, _ := strings.Cut(test.want, "*")
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNextChoosesTheStepThatTheRequestNeeds(t *testing.T) {
	consented := func(h *house) {
		h.code()
	}
	for name, test := range map[string]struct {
		pairs  []string
		change func(*oauth.Client)
		before func(*house)
		nobody bool
		step   provider.Step
		code   string
	}{
		"nobody is logged in":                       {nobody: true, step: provider.StepLogin},
		"nobody, prompt=none":                       {nobody: true, pairs: []string{"prompt", "none"}, code: "login_required"},
		"the first time":                            {step: provider.StepConsent},
		"the first time, prompt=none":               {pairs: []string{"prompt", "none"}, code: "consent_required"},
		"allowed before":                            {before: consented, step: provider.StepDone},
		"allowed before, prompt=none":               {before: consented, pairs: []string{"prompt", "none"}, step: provider.StepDone},
		"allowed before, prompt=consent":            {before: consented, pairs: []string{"prompt", "consent"}, step: provider.StepConsent},
		"allowed less before":                       {before: func(h *house) { h.code("scope", "read") }, pairs: []string{"scope", "read write"}, step: provider.StepConsent},
		"allowed more before":                       {before: consented, pairs: []string{"scope", "read"}, step: provider.StepDone},
		"withdrawn":                                 {before: func(h *house) { consented(h); _ = h.store.WithdrawConsent(ctx, "ada-id", h.id, h.now) }, step: provider.StepConsent},
		"allowed before, ask every time":            {change: askEveryTime, before: consented, step: provider.StepConsent},
		"ask every time, prompt=none":               {change: askEveryTime, before: consented, pairs: []string{"prompt", "none"}, code: "consent_required"},
		"skip authorization":                        {change: func(c *oauth.Client) { c.SkipAuthorization = true }, step: provider.StepDone},
		"skip authorization, prompt=consent":        {change: func(c *oauth.Client) { c.SkipAuthorization = true }, pairs: []string{"prompt", "consent"}, step: provider.StepConsent},
		"skip authorization, anybody on the device": {change: native(true), pairs: []string{"redirect_uri", "http://127.0.0.1:7777/cb"}, step: provider.StepConsent},
		"allowed before, anybody on the device":     {change: native(false), before: func(h *house) { h.code("redirect_uri", "http://127.0.0.1:1/cb") }, pairs: []string{"redirect_uri", "http://127.0.0.1:7777/cb"}, step: provider.StepConsent},
		"prompt=login":                              {before: consented, pairs: []string{"prompt", "login"}, step: provider.StepLogin},
		"max_age exceeded":                          {before: consented, pairs: []string{"max_age", "60"}, step: provider.StepLogin},
		"max_age=0":                                 {before: consented, pairs: []string{"max_age", "0"}, step: provider.StepLogin},
		"max_age not exceeded":                      {before: consented, pairs: []string{"max_age", "7200"}, step: provider.StepDone},
		"max_age exceeded, prompt=none":             {before: consented, pairs: []string{"max_age", "60", "prompt", "none"}, code: "login_required"},
		"prompt=select_account":                     {before: consented, pairs: []string{"prompt", "select_account"}, step: provider.StepSelectAccount},
		"several prompts: log in first":             {before: consented, pairs: []string{"prompt", "consent login select_account"}, step: provider.StepLogin},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
				if test.change != nil {
					test.change(c)
				}
			})
			if test.before != nil {
				test.before(h)
			}
			h.pass(time.Second)
			r, err := h.ask(test.pairs...)
			if err != nil {
				t.Fatal(err)
			}
			who := &h.who
			if test.nobody {
				who = nil
			}
			step, err := h.Next(ctx, r, who)
			wantCode(t, err, test.code)
			if step != test.step {
				t.Errorf("next is %q, want %q", step, test.step)
			}
		})
	}
}

func native(skip bool) func(*oauth.Client) {
	return func(c *oauth.Client) {
		c.Type, c.RedirectURIs, c.SkipAuthorization = oauth.Public, []string{"http://127.0.0.1/cb"}, skip
		c.GrantTypes = without(c.GrantTypes, "client_credentials")
	}
}

func TestLoginAfterTheRequestBeganSatisfiesEveryPrompt(t *testing.T) {
	h := newHouse(t, nil)
	h.code()
	for _, pairs := range [][]string{{"prompt", "login"}, {"max_age", "0"}, {"prompt", "select_account"}} {
		r, err := h.ask(pairs...)
		if err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		again := h.who
		again.AuthTime = h.now
		h.pass(time.Minute)
		if step, err := h.Next(ctx, r, &again); err != nil || step != provider.StepDone {
			t.Errorf("%v: next is %q %v", pairs, step, err)
		}
	}
}

func TestSealedRequestOpensOnlyInItsBrowserAndBeforeItExpires(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Open(ctx, handle, "browser"); err != nil || got.State != "xyz" || got.Scope.String() != "read" || got.ID != r.ID {
		t.Errorf("got %+v %v", got, err)
	}
	if sealed, err := base64.RawURLEncoding.DecodeString(handle); err != nil || bytes.Contains(sealed, []byte(callback)) {
		t.Errorf("the handle can be read: %q, %v", sealed, err)
	}
	middle := len(handle) / 2
	for name, test := range map[string]struct{ handle, browser string }{
		"another browser":  {handle, "other"},
		"no browser":       {handle, ""},
		"a changed handle": {handle[:middle] + flip(handle[middle]) + handle[middle+1:], "browser"},
		"a cut handle":     {handle[:middle], "browser"},
		"nothing":          {"", "browser"},
		"something else":   {"%%%", "browser"},
	} {
		if _, err := h.Open(ctx, test.handle, test.browser); !errors.Is(err, provider.ErrRequestLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.pass(time.Hour + time.Second)
	if _, err := h.Open(ctx, handle, "browser"); !errors.Is(err, provider.ErrRequestLost) {
		t.Errorf("after an hour: %v", err)
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestApprovalNeedsTheSessionThatSawTheConsentPage(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err == nil {
		t.Error("approved without the page being shown")
	}
	if _, err := h.Approve(ctx, r, h.who, r.Scope, false); err == nil {
		t.Error("approved without being asked")
	}
	r.Show(oauth.Authentication{Subject: h.who.Subject, SessionID: "another"})
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err == nil {
		t.Error("approved in another session")
	}
	r.Show(h.who)
	_, err = h.Approve(ctx, r, h.who, oauth.Scopes{"read", "write"}, true)
	wantCode(t, err, "invalid_scope") // never more than was asked for
}

func TestTwoClicksOnAuthorizeMakeOneCode(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	first, err := h.Approve(ctx, r, h.who, r.Scope, true)
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.Approve(ctx, r, h.who, r.Scope, true)
	if err != nil || first.Location() != second.Location() {
		t.Errorf("the second click gives %v %v", second, err)
	}
	if _, err := h.exchange(answer(t, first.Location()).Get("code")); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a click after the code was used gives %v", err)
	}
}

func TestCodeFitsIntoAURL(t *testing.T) {
	h := newHouse(t, nil)
	if code := h.code(); len(code) != 77 || url.QueryEscape(code) != code {
		t.Errorf("the code is %q", code)
	}
}
