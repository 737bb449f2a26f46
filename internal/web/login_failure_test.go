package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// TestEveryMistakeAtTheLoginHasAReason that the pages name, and failures of the server have none.
func TestEveryMistakeAtTheLoginHasAReason(t *testing.T) {
	var seen []string
	for _, c := range []struct {
		err  error
		want string
	}{
		{account.ErrWrongPassword, oauth.OutcomeWrongPassword},
		{errors.Join(account.ErrWrongPassword, account.ErrDisabled), oauth.DeniedDisabled},
		{&account.ThrottledError{RetryAfter: time.Minute}, oauth.OutcomeThrottled},
		{account.ErrWrongCode, oauth.OutcomeWrongCode},
		{account.ErrFactorUsed, oauth.OutcomeWrongCode},
		{&account.UnknownPasskeyError{}, oauth.FailureWrongPasskey},
		{account.ErrNoAccount, oauth.DeniedNoAccount},
		{account.ErrAddressInUse, oauth.DeniedAddressInUse},
		{upstream.ErrEmailDomain, oauth.DeniedEmailDomain},
		{upstream.ErrGroup, oauth.DeniedGroup},
		{upstream.ErrNotFresh, oauth.DeniedNotFresh},
		{upstream.ErrRefused, oauth.FailureProviderRefused},
		{fmt.Errorf("%w: %w", account.ErrNotChecked, upstream.ErrUnavailable), oauth.FailureProviderUnavailable},
		{upstream.ErrInvalid, oauth.FailureProviderInvalid},
		{validate.Field("username", "Too short."), oauth.FailureSignUp},
		{account.ErrInvalidLink, oauth.FailureInvitation},
		{account.ErrUnavailable, ""},
		{account.ErrLoginExpired, ""},
		{account.ErrSecondFactor, ""},
		{errors.New("a fault"), ""},
		{nil, ""},
	} {
		if got := web.LoginFailureReason(c.err); got != c.want {
			t.Errorf("%v has the reason %q, want %q", c.err, got, c.want)
		}
		seen = append(seen, c.want)
	}
	for _, reason := range oauth.LoginFailureReasons() {
		if !slices.Contains(seen, reason) || !web.NamesStep(reason) {
			t.Errorf("the reason %s belongs to an error: %t, and has a text: %t", reason, slices.Contains(seen, reason), web.NamesStep(reason))
		}
	}
}

// TestAttemptShowsWhyALoginWithAProviderFailed: the person canceled there, and has no account here.
func TestAttemptShowsWhyALoginWithAProviderFailed(t *testing.T) {
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.SignUp = "" })
	b := f.Browser()
	login := b.Open(authorizeURL(f.Provider, f.app, url.Values{"scope": {"openid"}}))
	at := f.leaves(t, b, f.button(t, login))
	page := b.Open(at.Query().Get("redirect_uri") + "?" + url.Values{"error": {"access_denied"}, "state": {at.Query().Get("state")}, "iss": {f.other.Issuer}}.Encode())
	shows(t, page, http.StatusForbidden, "did not confirm the login")
	at = f.leaves(t, b, f.button(t, login))
	shows(t, b.Open(f.answers(t, at, "eve")), http.StatusForbidden, "Acme")

	f.AddUser("root", true)
	office := f.Browser()
	list := office.LogIn(office.Open(f.URL+"/admin/attempts/?application="+f.app.ID), "root")
	path := regexp.MustCompile(`/admin/attempts/[0-9a-f-]{36}/`).FindString(list.Body)
	attempt := office.Open(f.URL + path)
	for _, want := range []string{"The login provider refused the login, or the person canceled it there", "has no account here", "Login provider <bdi>acme</bdi>"} {
		shows(t, attempt, http.StatusOK, want)
	}
	if strings.Contains(attempt.Body, "@acme.example") || strings.Contains(attempt.Body, ">eve<") {
		t.Errorf("the page names the person:\n%s", attempt.Body)
	}
}
