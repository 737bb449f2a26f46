package provider_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestSubjectOfAPersonIsCheckedWhereverItEnters: OpenID Connect Core §2. A subject with
// spaces or control characters would look like another subject in logs and APIs.
func TestSubjectOfAPersonIsCheckedWhereverItEnters(t *testing.T) {
	entries := map[string]func(subject string) error{
		"a token for the host program": func(subject string) error {
			h := newHouse(t, nil)
			_, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Subject: subject, Scope: oauth.Scopes{"read"}})
			return err
		},
		"a grant of the host program": func(subject string) error {
			v := &vouchers{decision: oauth.ExtensionDecision{Subject: subject}}
			_, err := v.house(t, nil).token("grant_type", voucherType, "voucher", "42", "scope", "read")
			return err
		},
		"FindPerson": func(subject string) error {
			f := newForeign(t, func(c *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
				c.FindPerson = func(context.Context, oauth.PersonQuery) (string, error) { return subject, nil }
				i.Person = oauth.PersonRule{By: oauth.PersonBySubject}
			})
			_, err := f.bear(f.jwt("", nil), "scope", "read")
			return err
		},
		"a trusted issuer": func(subject string) error {
			f := newForeign(t, func(_ *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
				i.Person = oauth.PersonRule{By: oauth.PersonBySubject, Prefix: "x:", Create: true}
			})
			_, err := f.bear(f.jwt("", map[string]any{"sub": strings.TrimLeft(subject, " ")}), "scope", "read")
			return err
		},
		"a password": func(subject string) error {
			h := newLegacyHouse(t, oauth.LegacyPassword, func(c *provider.Config, _ *oauth.Client) {
				c.CheckPassword = func(context.Context, provider.PasswordAttempt) (oauth.Authentication, error) {
					return oauth.Authentication{Subject: subject}, nil
				}
			})
			_, err := h.token("grant_type", "password", "username", "ada", "password", "correct horse", "scope", "read")
			return err
		},
		"a login": func(subject string) error {
			h := newHouse(t, nil)
			r, err := h.ask()
			if err != nil {
				t.Fatal(err)
			}
			h.who.Subject = subject
			r.Show(h.who)
			_, err = h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
			return err
		},
		"a registration": func(subject string) error {
			_, err := newOpenHouse(t, nil).PersonToken(ctx, subject)
			return err
		},
		"a service user": func(subject string) error {
			c := &oauth.Client{ID: "job", Name: "Job", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantClientCredentials}, ServiceUserID: subject}
			c.RotateSecret(c.CreatedAt, 0)
			if faults := provider.ValidateClient(c, nil); len(faults) > 0 {
				return faults
			}
			return nil
		},
	}
	for name, enter := range entries {
		for subject, valid := range map[string]bool{
			"ada-id": true, "a b": true, "~!": true,
			"ünï köde": false, "trailing ": false, "a\nb": false, "a\x00": false, "\x7f": false, "a\u200bb": false, strings.Repeat("a", 256): false,
		} {
			if err := enter(subject); (err == nil) != valid {
				t.Errorf("%s, the subject %q: %v", name, subject, err)
			}
		}
		if name != "a trusted issuer" && enter(" lead") == nil {
			t.Errorf("%s: a subject that begins with a space is accepted", name)
		}
	}
}

// TestPersonTokenIsOnlyForPeopleWhoCanRegister, because it makes its person the owner of
// applications.
func TestPersonTokenIsOnlyForPeopleWhoCanRegister(t *testing.T) {
	active := true
	for name, test := range map[string]struct {
		change  func(*provider.Config)
		subject string
		code    string
	}{
		"a person":                      {nil, "ada-id", ""},
		"nobody":                        {nil, "", oauth.CodeInvalidRequest},
		"a person without an account":   {nil, "stranger", oauth.CodeInvalidGrant},
		"an application":                {nil, "app", oauth.CodeInvalidGrant},
		"a disabled person":             {nil, "blocked", oauth.CodeInvalidGrant},
		"a closed registration":         {func(c *provider.Config) { c.Registration = provider.RegistrationClosed }, "ada-id", oauth.CodeAccessDenied},
		"a registration with tokens":    {func(c *provider.Config) { c.Registration = provider.RegistrationToken }, "ada-id", oauth.CodeAccessDenied},
		"a person of a host":            {host(&active), "anybody", ""},
		"a person whom the host blocks": {host(new(bool)), "anybody", oauth.CodeInvalidGrant},
	} {
		h := newOpenHouse(t, func(c *provider.Config) {
			c.Registration, c.OwnLogin, c.ACRValues = provider.RegistrationPerson, true, nil
			c.FindPerson = func(_ context.Context, q oauth.PersonQuery) (string, error) {
				if q.Value == "stranger" {
					return "", oauth.ErrNotFound
				}
				return q.Value, nil
			}
			if test.change != nil {
				test.change(c)
			}
		})
		app := h.client()
		app.ID = "app"
		h.add(app)
		if err := h.store.SetSubject(ctx, "blocked", true, h.now); err != nil {
			t.Fatal(err)
		}
		token, err := h.PersonToken(ctx, test.subject)
		wantCode(t, err, test.code)
		if (token == "") != (test.code != "") {
			t.Errorf("%s: the token is %q", name, token)
		}
	}
}

// host is the configuration of a host program whose people can log in if active is true.
func host(active *bool) func(*provider.Config) {
	return func(c *provider.Config) {
		c.OwnLogin = false
		c.CheckPerson = func(context.Context, string) (string, bool, error) { return "", *active, nil }
	}
}

// TestPersonTokenStopsWorkingWithThePersonOfAHost at the next use, like all tokens.
func TestPersonTokenStopsWorkingWithThePersonOfAHost(t *testing.T) {
	active := true
	h := newOpenHouse(t, func(c *provider.Config) {
		c.Registration = provider.RegistrationPerson
		host(&active)(c)
	})
	token, err := h.PersonToken(ctx, "ada-id")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Register(ctx, "Bearer "+token, []byte(mcpClient)); err != nil {
		t.Fatal(err)
	}
	active = false
	h.pass(2 * time.Second)
	_, err = h.Register(ctx, "Bearer "+token, []byte(mcpClient))
	wantCode(t, err, oauth.CodeInvalidToken)
}
