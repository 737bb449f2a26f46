package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// leadingTo returns addresses that some browsers or servers read as one of another site.
func leadingTo(evil string) []string {
	host := strings.TrimSuffix(strings.TrimPrefix(evil, "https://"), "/")
	return []string{
		evil, "//" + host, "///" + host, `\\` + host, `/\` + host, `/\/` + host, "/\t/" + host, "/\n/" + host, "\t//" + host, " //" + host,
		"https:" + host, "https:/" + host, "/%09/" + host, "/%5c" + host, "%2f%2f" + host, "/%2f" + host, "/.//" + host, "/o/../..//" + host, "/%2e%2e//" + host,
		"@" + host, "." + host, "／／" + host, "javascript:location='" + evil + "'", "java\tscript:location='" + evil + "'",
	}
}

// redirectsAfterAConfirmation: eve sends ada, who is logged in, a link to the page on which people
// confirm who they are, which continues at a site of eve (RFC 9700 §4.11).
func redirectsAfterAConfirmation(t *testing.T) {
	w := newTown(t)
	w.page("/", "The site of the attacker.")
	evil := w.at("evil", "/")
	b := newBrowser(t, true)
	w.enters(b, "ada")
	w.readies(b)
	for i, next := range leadingTo(evil) {
		got := b.sends(w.confirms(next), "confirm_password", latchkeytest.Password)
		w.stays(next, got.Address)
		w.staysAll(next, got.Links) // the link to cancel, too
		if i%8 != 1 {
			continue
		}
		b.open(w.confirms(next))
		if b.typed("#confirm_password", latchkeytest.Password); i == 9 {
			b.clickThrough("main p.actions a")
		} else {
			b.clickThrough("main form button.primary")
		}
		w.stays(next, b.address())
		w.readies(b)
	}
	if _, ok := w.received(evil); ok {
		t.Error("the browser was sent to the site of the attacker")
	}
	w.expect(b, "ada", "the last confirmation")
}

// redirectsAfterALoginElsewhere: eve sends grace a link that leads to another provider, and then
// continues at a site of eve.
func redirectsAfterALoginElsewhere(t *testing.T) {
	f := newFederation(t, nil)
	f.page("/", "The site of the attacker.")
	evil := f.at("evil", "/")
	b := newBrowser(t, true)
	for i, name := range []string{"grace", "mallory"} { // the check of the address is that of every login
		next := leadingTo(evil)[4*i]
		f.clear(b)
		b.open(f.Issuer + "/login/with/acme/?next=" + url.QueryEscape(next))
		b.logIn(name, latchkeytest.Password)
		f.allows(b)
		wait[bool](b, "the way back", fmt.Sprintf(`!location.href.startsWith(%q)`, f.other.URL))
		if got := b.address(); !strings.HasPrefix(got, f.URL+"/") || strings.Contains(got, "/login/") {
			t.Errorf("%q leads to %s", next, got)
		}
	}
	if _, ok := f.received(evil); ok {
		t.Error("the browser was sent to the site of the attacker")
	}
}

// guessesRecoveryCodes: eve has the password of ada, and no code. Guesses of recovery codes
// and of the codes of the app count together.
func guessesRecoveryCodes(t *testing.T) {
	w := newTown(t)
	secret, codes := w.addTOTP("ada")
	eve := newBrowser(t, true)
	enter := func(b *browser, code string) {
		b.typed("#code", code)
		b.clickThrough("main form button.primary")
	}
	w.enters(eve, "ada")
	eve.clickThrough("main p.sm a")
	eve.says("Recovery code")
	page := eve.address()
	w.readies(eve)
	wrong := strings.Repeat("a", len(codes[0]))
	guess(eve, func(int) outcome { return eve.sends(page, "code", wrong) })
	eve.open(page)
	enter(eve, codes[0])
	eve.says("Too many attempts")
	w.expect(eve, "", "the guesses")
	w.enters(eve, "ada")
	if strings.Contains(eve.text(), "Use your second factor") {
		enter(eve, oneTimeCode(t, secret, w.Now()))
	}
	eve.says("Too many attempts")
	w.expect(eve, "", "a guess of the app's code")

	w.Advance(25 * time.Hour)
	w.enters(eve, "ada")
	eve.clickThrough("main p.sm a")
	enter(eve, codes[0]) // it was not used up
	w.expect(eve, "ada", "a day")
}
