package web_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

var (
	shownSecret = regexp.MustCompile(`<code id="secret"[^>]*>([A-Z2-7 ]+)</code>`)
	shownCode   = regexp.MustCompile(`<li><code>([a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4})</code></li>`)
	hiddenForm  = regexp.MustCompile(`name="form" value="([^"]+)"`)
)

// secretOn returns the secret that a page shows.
func secretOn(t *testing.T, page latchkeytest.Page) string {
	t.Helper()
	found := shownSecret.FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("no secret: %s %s", page.Status, page.Body)
	}
	return strings.ReplaceAll(found[1], " ", "")
}

// enrol adds an authenticator app, and returns its secret and the recovery codes.
func (v accountVisitor) enrol(clock *movableClock) (secret string, codes []string) {
	v.t.Helper()
	page := v.at("security/totp/")
	secret = secretOn(v.t, page)
	page = v.Submit(page, url.Values{"code": {totpCode(v.t, secret, clock.now())}})
	for _, found := range shownCode.FindAllStringSubmatch(page.Body, -1) {
		codes = append(codes, found[1])
	}
	if len(codes) != account.RecoveryCodes || page.Header.Get("Cache-Control") != "no-store" {
		v.t.Fatalf("the page after the code: %s %s", page.Status, page.Body)
	}
	return secret, codes
}

// security posts a form to the page of factors, and returns the response.
func (v accountVisitor) security(fields url.Values) latchkeytest.Page {
	v.t.Helper()
	page := v.at("security/")
	page.Body = "" // without the hidden fields of other forms
	return v.Submit(page, fields)
}

// factors returns the factors of a person.
func (v accountVisitor) factors(name string) (ids map[account.FactorKind][]string) {
	v.t.Helper()
	user, err := v.p.Store.UserByName(v.t.Context(), name)
	if err != nil {
		v.t.Fatal(err)
	}
	have, err := v.p.Store.Factors(v.t.Context(), user.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	ids = make(map[account.FactorKind][]string)
	for _, f := range have {
		ids[f.Kind] = append(ids[f.Kind], hex.EncodeToString(f.ID[:]))
	}
	return ids
}

// TestPersonAddsAndTurnsOffAnAuthenticatorApp follows a person through all forms.
func TestPersonAddsAndTurnsOffAnAuthenticatorApp(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	ada, elsewhere := visitAccount(t, p, "ada"), visitAccount(t, p, "ada")
	page := ada.at("security/totp/")
	secret := secretOn(t, page)
	if !strings.Contains(page.Body, `<svg class="qr"`) || !strings.Contains(page.Body, `href="otpauth://totp/`) {
		t.Errorf("the page has no QR code or no link: %s", page.Body)
	}
	wrong := ada.Submit(page, url.Values{"code": {"000000"}})
	if wrong.StatusCode != http.StatusUnprocessableEntity || secretOn(t, wrong) != secret || !strings.Contains(wrong.Body, "This code is not correct") {
		t.Errorf("a wrong code shows another secret, or no error: %s", wrong.Status)
	}
	codes := ada.Submit(wrong, url.Values{"code": {totpCode(t, secret, clock.now())}})
	if n := len(shownCode.FindAllString(codes.Body, -1)); n != account.RecoveryCodes {
		t.Errorf("%d recovery codes: %s", n, codes.Body)
	}
	if got := elsewhere.open(); strings.Contains(got.Body, "Your account") {
		t.Error("another session continues")
	}
	if got := ada.at("security/"); !strings.Contains(got.Body, "10 of 10 left") || shownCode.MatchString(got.Body) {
		t.Errorf("the page about the factors: %s", got.Body)
	}
	again := ada.Submit(wrong, url.Values{"code": {totpCode(t, secret, clock.now())}})
	if again.StatusCode != http.StatusConflict {
		t.Errorf("the same form once more: %s", again.Status)
	}

	remove := url.Values{"action": {"remove"}, "id": ada.factors("ada")[account.FactorTOTP]}
	question := ada.security(remove)
	if !strings.Contains(question.Body, "Turn off the authenticator app?") || len(ada.factors("ada")[account.FactorTOTP]) != 1 {
		t.Errorf("no question before the removal: %s", question.Body)
	}
	if done := ada.Submit(question, url.Values{}); !strings.Contains(done.Body, "is turned off") || len(ada.factors("ada")) != 0 {
		t.Errorf("after the removal: %s %v", done.Body, ada.factors("ada"))
	}
}

// TestFactorsAreChangedOnlyAfterAConfirmation: a person who has not proved who they are
// with the strongest factor in the last five minutes does that first. Their form is then
// sent again.
func TestFactorsAreChangedOnlyAfterAConfirmation(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	secret, codes := ada.enrol(clock)
	totp := ada.factors("ada")[account.FactorTOTP]
	clock.move(5*time.Minute + time.Second)
	for _, path := range []string{"security/totp/"} {
		if page := ada.at(path); page.Request.URL.Path != "/o/account/confirm/" || page.Request.URL.Query().Get("next") != "/o/account/"+path {
			t.Errorf("%s: got %s", path, page.Request.URL)
		}
	}
	before := ada.factors("ada")
	for _, action := range []string{"remove", "codes"} {
		page := ada.security(url.Values{"action": {action}, "id": totp, "confirmed": {"yes"}})
		if !strings.Contains(page.Body, "Confirm that it is you") || shownCode.MatchString(page.Body) || fmt.Sprint(ada.factors("ada")) != fmt.Sprint(before) {
			t.Errorf("%s: changed without a confirmation: %s", action, page.Body)
		}
		if n := strings.Count(page.Body, "</html>"); n != 1 {
			t.Errorf("%s: the form is processed although the confirmation was asked for: %d pages", action, n)
		}
		if page = ada.Submit(page, url.Values{"confirm_code": {"123456"}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `name="action" value="`+action+`"`) {
			t.Errorf("%s: a wrong code is accepted, or the form is lost: %s", action, page.Body)
		}
	}
	page := ada.Submit(ada.security(url.Values{"action": {"codes"}}), url.Values{"confirm_code": {totpCode(t, secret, clock.now())}})
	if renewed := shownCode.FindAllString(page.Body, -1); len(renewed) != account.RecoveryCodes || strings.Contains(page.Body, codes[0]) {
		t.Errorf("after the code: %s %s", page.Status, page.Body)
	}
	// A recovery code that was replaced does not confirm, and a valid one does.
	renewed := shownCode.FindStringSubmatch(page.Body)[1]
	clock.move(5*time.Minute + time.Second)
	asked := ada.security(url.Values{"action": {"remove"}, "id": totp})
	if page = ada.Submit(asked, url.Values{"confirm_code": {codes[0]}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "This recovery code is not correct.") {
		t.Errorf("an old recovery code: %s", page.Status)
	}
	if page = ada.Submit(asked, url.Values{"confirm_code": {renewed}}); !strings.Contains(page.Body, "Turn off the authenticator app?") {
		t.Errorf("a recovery code: %s %s", page.Status, page.Body)
	}
	clock.move(5*time.Minute + time.Second)
	asked = ada.security(url.Values{"action": {"remove"}, "id": totp})
	wantPage(t, ada.Submit(asked, url.Values{"confirm_code": {renewed}}), 422, "This recovery code was already used. Enter another one.")
	if page = ada.at("security/"); !strings.Contains(page.Body, "9 of 10 left") {
		t.Errorf("after the recovery code: %s", page.Body)
	}
}

// TestFactorsOfOthersAreNotChanged, and forms are bound to the person and the session.
func TestFactorsOfOthersAreNotChanged(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	ada, bob := visitAccount(t, p, "ada"), visitAccount(t, p, "bob")
	form := bob.at("security/totp/")
	adas := ada.at("security/totp/")
	stolen := bob.Submit(form, url.Values{"form": {hiddenForm.FindStringSubmatch(adas.Body)[1]}, "code": {totpCode(t, secretOn(t, adas), clock.now())}})
	if stolen.StatusCode != http.StatusConflict || len(bob.factors("bob")) != 0 {
		t.Errorf("a form of another session: %s", stolen.Status)
	}
	ada.enrol(clock)
	user, err := p.Store.UserByName(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	err = p.Store.ChangeFactors(t.Context(), account.FactorChange{User: user, Factors: user.Factors, At: clock.now(), Add: []account.Factor{{
		ID: account.FactorID{1}, Kind: account.FactorBrowser, Name: "Firefox on Linux", Body: strconv.FormatInt(user.LoginEpoch, 10), CreatedAt: clock.now(), ExpiresAt: clock.now().Add(time.Hour),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(ada.factors("ada"))
	for kind, ids := range ada.factors("ada") {
		for _, fields := range []url.Values{
			{"action": {"remove"}, "id": ids[:1], "confirmed": {"yes"}},
			{"action": {"rename"}, "id": ids[:1], "name": {"Bob's"}},
			{"action": {"forget"}, "id": ids[:1]},
		} {
			if page := bob.security(fields); page.StatusCode != http.StatusConflict || strings.Contains(page.Body, "Firefox on Linux") {
				t.Errorf("bob: %v of a %s: %s", fields, kind, page.Status)
			}
		}
	}
	bob.security(url.Values{"action": {"forget_all"}})
	for _, id := range []string{"", "x", "00", strings.Repeat("0", 64), strings.Repeat("0", 1000)} {
		if page := ada.security(url.Values{"action": {"remove"}, "id": {id}, "confirmed": {"yes"}}); page.StatusCode != http.StatusConflict {
			t.Errorf("the ID %q: %s", id, page.Status)
		}
	}
	// A remembered browser is removed without a question, so the form removes nothing else.
	if page := ada.security(url.Values{"action": {"forget"}, "id": ada.factors("ada")[account.FactorTOTP]}); page.StatusCode != http.StatusConflict {
		t.Errorf("the authenticator app in the form for remembered browsers: %s", page.Status)
	}
	for _, path := range []string{"security/", "security/totp/", "security/passkey/"} {
		response, _ := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/"+path, "action=forget_all", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, response.Status)
		}
	}
	if after := fmt.Sprint(ada.factors("ada")); after != before {
		t.Errorf("the factors were %s, and are %s", before, after)
	}
	if page := ada.at("security/"); !strings.Contains(page.Body, "Firefox on Linux") {
		t.Errorf("the remembered browser is not listed: %s", page.Body)
	}
	clock.move(10 * time.Minute) // needs no confirmation
	if page := ada.security(url.Values{"action": {"forget"}, "id": {"01" + strings.Repeat("0", 62)}}); strings.Contains(page.Body, "Firefox on Linux") || !strings.Contains(page.Body, "requires your passkey or a code again") {
		t.Errorf("after the browser was forgotten: %s", page.Body)
	}
}

// TestOnlyRecoveryCodesAreDownloaded: a form cannot make this server offer other files.
func TestOnlyRecoveryCodesAreDownloaded(t *testing.T) {
	p, clock := newSelfService(t)
	p.AddUser("ada", false)
	ada := visitAccount(t, p, "ada")
	_, codes := ada.enrol(clock)
	file := ada.security(url.Values{"action": {"download"}, "code": codes})
	if got := file.Header; got.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.HasPrefix(got.Get("Content-Disposition"), "attachment;") || got.Get("Cache-Control") != "no-store" || !strings.Contains(file.Body, strings.Join(codes, "\n")) {
		t.Errorf("got %v %s", got, file.Body)
	}
	for _, code := range []string{"<script>alert(1)</script>", "abcd-efgh-ijk<", "", "aaaa-bbbb-cccc\nx", strings.Repeat("a", 5000)} {
		if page := ada.security(url.Values{"action": {"download"}, "code": {codes[0], code}}); page.Header.Get("Content-Disposition") != "" {
			t.Errorf("%q is a recovery code", code)
		}
	}
	if page := ada.security(url.Values{"action": {"download"}, "code": append(codes, codes[0])}); page.Header.Get("Content-Disposition") != "" {
		t.Error("more codes than a person has")
	}
}
