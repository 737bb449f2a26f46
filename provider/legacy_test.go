package provider_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newLegacyHouse returns a house whose client may use a legacy feature until the day
// on which the test begins. Its person has the password "secret".
func newLegacyHouse(t *testing.T, feature string, change func(*provider.Config, *oauth.Client)) *house {
	return newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.CheckPassword = func(_ context.Context, a provider.PasswordAttempt) (oauth.Authentication, error) {
			if a.Username == "ada" && a.Password == "secret" {
				return oauth.Authentication{Subject: "ada-id", ACR: "1", AMR: []string{"pwd"}}, nil
			}
			return oauth.Authentication{}, oauth.ErrNotFound
		}
		c.RedirectURIs = append(c.RedirectURIs, "https://*.preview.example.com/cb")
		if feature != "" {
			c.Legacy = []oauth.LegacyException{{Feature: feature, Until: "2026-03-04"}}
		}
		if change != nil {
			change(config, c)
		}
	})
}

// useLegacy uses each legacy feature.
var useLegacy = map[string]func(*house) error{
	oauth.LegacyImplicit: func(h *house) error {
		_, err := h.ask("response_type", "token", "code_challenge", "", "code_challenge_method", "")
		return err
	},
	oauth.LegacyPassword: func(h *house) error {
		_, err := h.token("grant_type", "password", "username", "ada", "password", "secret", "scope", "read")
		return err
	},
	oauth.LegacyPlainPKCE: func(h *house) error {
		_, err := h.ask("code_challenge", verifier, "code_challenge_method", "plain")
		return err
	},
	oauth.LegacyWildcardRedirect: func(h *house) error {
		_, err := h.ask("redirect_uri", "https://pr-42.preview.example.com/cb")
		return err
	},
	oauth.LegacyTokenInQuery: func(h *house) error { return h.CheckTokenInQuery(ctx, h.tokens().AccessToken) },
}

// TestLegacyFeaturesEndOnTheirDate: without an exception a feature is refused, with
// one it is allowed until the end of the day in UTC, and then the error says why.
func TestLegacyFeaturesEndOnTheirDate(t *testing.T) {
	for _, feature := range oauth.LegacyFeatures() {
		use := useLegacy[feature]
		for _, other := range append(oauth.LegacyFeatures(), "") {
			if other != feature {
				if err := use(newLegacyHouse(t, other, nil)); err == nil {
					t.Errorf("%s is allowed with an exception for %q", feature, other)
				}
			}
		}
		h := newLegacyHouse(t, feature, nil)
		h.pass(h.endOfDay() - time.Millisecond)
		wantCode(t, use(h), "")
		h.pass(time.Millisecond)
		var rejected *oauth.Error
		if err := use(h); !errors.As(err, &rejected) || !strings.Contains(rejected.Description, feature+"' ended on 2026-03-04. ") || rejected.Reason != "exception_ended" {
			t.Errorf("%s after its date: %v", feature, err)
		}
	}
}

// endOfDay returns how long the day in UTC still lasts.
func (h *house) endOfDay() time.Duration {
	return h.now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(h.now)
}

// RFC 6749 §4.2.2.
func TestImplicitGrantSendsAnAccessTokenInTheFragment(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyImplicit, func(_ *provider.Config, c *oauth.Client) { c.GrantTypes = nil })
	r, err := h.ask("response_type", "token", "scope", "read", "code_challenge", "", "code_challenge_method", "")
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	response, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
	if err != nil {
		t.Fatal(err)
	}
	_, fragment, _ := strings.Cut(response.Location(), "#")
	fields, err := url.ParseQuery(fragment)
	if err != nil || !h.active(fields.Get("access_token")) || fields.Get("state") != "xyz" || fields.Get("token_type") != "Bearer" || fields.Has("refresh_token") || fields.Has("code") {
		t.Errorf("got %s %v", response.Location(), err)
	}
	_, err = h.ask("response_type", "token", "response_mode", "query")
	wantCode(t, err, "invalid_request")
}

// TestAnOpenImplicitRequestEndsWithTheException: the date passes while the consent
// page is open.
func TestAnOpenImplicitRequestEndsWithTheException(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyImplicit, nil)
	h.pass(h.endOfDay() - time.Minute)
	r, err := h.ask("response_type", "token", "scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	h.pass(time.Minute)
	if response, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err == nil {
		t.Errorf("got %s", response.Location())
	}
}

// RFC 7636 §4.3: a missing method means plain.
func TestPlainChallengeNeedsItsVerifier(t *testing.T) {
	for _, method := range []string{"plain", ""} {
		h := newLegacyHouse(t, oauth.LegacyPlainPKCE, nil)
		code := h.code("code_challenge", verifier, "code_challenge_method", method)
		_, err := h.exchange(code, "code_verifier", challenge(verifier))
		wantCode(t, err, "invalid_grant")
		_, err = h.exchange(code, "code_verifier", "")
		wantCode(t, err, "invalid_grant")
		_, err = h.exchange(code)
		wantCode(t, err, "")
		_, err = h.ask("code_challenge", "short", "code_challenge_method", method)
		wantCode(t, err, "invalid_request")
	}
}

func TestLegacyFeaturesAreNotAdvertised(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyPassword, nil)
	document, err := h.Metadata()
	if text := string(document.Body); err != nil || strings.Contains(text, `"password"`) || strings.Contains(text, `"plain"`) || strings.Contains(text, `"token"`) {
		t.Errorf("got %s %v", text, err)
	}
}

func TestExceptionsAreChecked(t *testing.T) {
	for text, test := range map[string]struct {
		exceptions []oauth.LegacyException
		field      string
	}{
		"an unknown feature":      {[]oauth.LegacyException{{Feature: "magic", Until: "2027-03-31"}}, "legacy_features"},
		"no feature":              {[]oauth.LegacyException{{Until: "2027-03-31"}}, "legacy_features"},
		"no date":                 {[]oauth.LegacyException{{Feature: oauth.LegacyPassword}}, "legacy_features"},
		"no date of the calendar": {[]oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2027-02-30"}}, "legacy_features"},
		"two for one feature":     {[]oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2027-03-31"}, {Feature: oauth.LegacyPassword, Until: "2028-03-31"}}, "legacy_features"},
		"implicit without a URI":  {[]oauth.LegacyException{{Feature: oauth.LegacyImplicit, Until: "2027-03-31"}}, "redirect_uris"},
		"one that has ended":      {[]oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2020-03-31"}}, ""},
	} {
		c := &oauth.Client{ID: "app", Name: "App", Type: oauth.Confidential, ResourceServer: true, Secrets: []oauth.ClientSecret{{}}, Legacy: test.exceptions}
		faults := provider.ValidateClient(c, oauth.DefaultScopeInfos())
		if test.field == "" && faults != nil || test.field != "" && (len(faults) == 0 || faults[0].Field != test.field) {
			t.Errorf("%s: got %v", text, faults)
		}
	}
}
