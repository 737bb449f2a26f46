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
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
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

// TestOwnersCannotGuessThePasswordOfADisabledAccount: for the owners of an application, the right password
// is a wrong one, as it is on the login page.
func TestOwnersCannotGuessThePasswordOfADisabledAccount(t *testing.T) {
	d := develop(t, nil)
	app, off := d.register(nil), d.AddUser("off", false)
	if err := d.Store.SwitchUser(t.Context(), account.Switch{UserID: off.ID, Disabled: true, At: d.Now()}); err != nil {
		t.Fatal(err)
	}
	steps := func(passwords ...string) (seen string) {
		b := d.Browser()
		next := b.Open(authorizeURL(d.Provider, app, url.Values{"redirect_uri": {"https://shop.example/cb"}, "scope": {"openid"}})).Request.URL.Query().Get("next")
		for _, password := range passwords {
			response, err := b.PostForm(d.Issuer+"/login/", url.Values{"username": {"off"}, "password": {password}, "next": {next}})
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusUnauthorized {
				t.Fatalf("%s: %s", password, response.Status)
			}
		}
		path := regexp.MustCompile(`/applications/(` + app.ID + `/attempts/[0-9a-f-]{36}/)"`).FindStringSubmatch(d.get(app.ID + "/").Body)
		if path == nil {
			t.Fatal("the attempt is not listed")
		}
		_, page, _ := strings.Cut(d.get(path[1]).Body, "<ol")
		page, _, _ = strings.Cut(page, "</ol>")
		return regexp.MustCompile(`<time.*?</time>`).ReplaceAllString(page, "")
	}
	wrong, right := steps("wrong", "wrong"), steps("wrong", latchkeytest.Password)
	if wrong != right || !strings.Contains(wrong, "wrong username or password") {
		t.Errorf("two wrong passwords:\n%s\na wrong and the right one:\n%s", wrong, right)
	}
}
