package e2e

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestAttacksInTheBrowserAreRejected: each is carried out as an attacker would do it, with
// another browser or another site.
func TestAttacksInTheBrowserAreRejected(t *testing.T) {
	t.Parallel()
	for _, attack := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"the session of the attacker is put into the browser before the login", fixesTheSession},
		{"another host of the domain sets the session", fixesTheSessionFromASubdomain},
		{"another site logs the person in as the attacker", logsInFromAnotherSite},
		{"the second step is left out", leavesOutTheSecondStep},
		{"the response of a passkey is sent again", sendsAPasskeyAgain},
		{"a code is used in two browsers at once", usesACodeTwice},
		{"codes are guessed", guessesCodes},
		{"recovery codes are guessed", guessesRecoveryCodes},
		{"passwords are guessed", guessesPasswords},
		{"an account has a name that looks like another one", looksLikeAda},
		{"the callback of the attacker is opened by another person", plantsTheCallback},
		{"the login continues at another site", redirectsAfterTheLogin},
		{"the confirmation continues at another site", redirectsAfterAConfirmation},
		{"the login at another provider continues at another site", redirectsAfterALoginElsewhere},
	} {
		t.Run(attack.name, func(t *testing.T) {
			t.Parallel()
			attack.run(t)
		})
	}
}

// fixesTheSession: eve puts all her cookies into the browser of ada (RFC 6265 §8.4).
func fixesTheSession(t *testing.T) {
	w := newTown(t)
	eve, ada := newBrowser(t, true), newBrowser(t, true)
	w.enters(eve, "eve")
	planted := eve.session()
	ada.takes(eve.jar())
	w.expect(ada, "eve", "the attack") // or else it tests nothing
	w.enters(ada, "ada")
	if ada.session() == planted {
		t.Error("the session before the login is the session after it")
	}
	w.expect(ada, "ada", "the login of ada")
	if got := w.person(eve); got == "ada" {
		t.Error("the attacker is logged in as ada")
	}

	t.Log("with an ID of a session that does not exist")
	other := newBrowser(t, true)
	cookies := ada.jar()
	for _, c := range cookies {
		if strings.HasSuffix(c.Name, "lk_session") {
			c.Value = strings.Repeat("A", len(c.Value))
		}
	}
	other.takes(cookies)
	planted = other.session()
	w.enters(other, "ada")
	if got := other.session(); got == planted || got == ada.session() {
		t.Error("the session after the login is not a new one")
	}
}

// fixesTheSessionFromASubdomain: a host below that of the provider can set cookies for it,
// except for those with the prefix __Host- (RFC 6265bis §4.1.3.2).
func fixesTheSessionFromASubdomain(t *testing.T) {
	w := newTownWithTLS(t)
	eve, ada := newBrowser(t, true), newBrowser(t, true)
	w.enters(eve, "eve")
	planted := eve.session()
	w.HandleFunc("/plant", func(rw http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"__Host-lk_session", "lk_session"} {
			rw.Header().Add("Set-Cookie", name+"="+planted+"; Path=/; Domain=id.example; Secure")
		}
		rw.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(rw, `<!doctype html><html lang="en"><title>Trap</title><body>Planted.`)
	})
	ada.open(w.at("shop.id", "/plant"))
	ada.says("Planted.")
	if got := ada.session(); got != planted {
		t.Fatalf("the browser has accepted no cookie at all, but %q", got)
	}
	w.expect(ada, "", "the attack")
	w.enters(ada, "ada")
	ada.open(w.at("shop.id", "/plant"))
	w.expect(ada, "ada", "the attack on a session")
}

// logsInFromAnotherSite: a page of another site sends the password of eve (login CSRF, RFC
// 9700 §4.7), in the window and in a frame, to a browser in which nobody or ada is logged in.
func logsInFromAnotherSite(t *testing.T) {
	w := newTown(t)
	for path, target := range map[string]string{"/window": "_self", "/frame": "frame"} {
		w.page(path, fmt.Sprintf(`<form method="post" action="%s" target="%s"><input name="username" value="eve"><input name="password" value="%s"><input name="next" value="/o/account/"><button>Win a prize</button></form><iframe name="frame" title="frame"></iframe>`,
			html.EscapeString(w.Issuer+"/login/"), target, latchkeytest.Password))
	}
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		for _, logged := range []string{"", "ada"} {
			if logged != "" {
				w.enters(b, logged)
			}
			before, session := w.countForeign(), b.session()
			b.open(w.at("evil", "/window"))
			b.clickThrough("button")
			b.open(w.at("evil", "/frame"))
			b.click("button")
			// The page of another site in the frame cannot be read.
			wait[bool](b, "the page in the frame", `document.querySelector("iframe").contentDocument === null`)
			if got := w.countForeign(); got != before+2 {
				t.Fatalf("%d forms arrived, want 2: %s", got-before, b.text())
			}
			if b.session() != session {
				t.Error("the forms have changed the session")
			}
			w.expect(b, logged, "the forms")
		}
	}
}

// countForeign returns the number of login forms that came from other sites.
func (w *town) countForeign() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.posts {
		if strings.HasSuffix(p.path, "/login/") && p.origin != w.URL {
			n++
		}
	}
	return n
}

// leavesOutTheSecondStep: eve has the password of ada, and opens what follows the second step.
func leavesOutTheSecondStep(t *testing.T) {
	w := newTown(t)
	app, _ := w.AddClient(w.at("app", "/cb"), nil)
	w.page("/cb", "The callback.")
	w.addTOTP("ada")
	protected := []string{
		"/o/account/", "/o/account/security/", "/o/account/security/totp/", "/o/account/confirm/?next=/o/account/security/", "/o/account/data/", "/admin/",
		"/o/authorize/?" + request(app.ID, "redirect_uri", app.RedirectURIs[0], "acr_values", "2fa").Encode(),
	}
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		w.enters(b, "ada")
		b.says("Use your second factor")
		second := b.address()
		for i, path := range protected {
			if scripts && i > 1 { // the rest is fetched below
				break
			}
			b.open(w.URL + path)
			b.see("#password")
		}
		if scripts {
			tab := b.tab()
			w.readies(tab)
			for _, path := range protected {
				if !evaluate[bool](tab, fmt.Sprintf(`fetch(%q).then((response) => response.text()).then((text) => text.includes('id="password"'))`, path)) {
					t.Errorf("%s is not the login page", path)
				}
			}
		}
		t.Log("with the back and forward buttons")
		b.open(second)
		b.says("Use your second factor")
		b.do(chromedp.NavigateBack(), chromedp.NavigateBack())
		b.see("#password")
		b.do(chromedp.NavigateForward(), chromedp.NavigateForward())
		b.says("Use your second factor")
		w.expect(b, "", "the way back")
		t.Log("with the address of the next page in the address of the second step")
		b.open(strings.Replace(second, "/login/second/", "/account/", 1))
		b.see("#password")
		if b.session() != "" {
			t.Error("there is a session before the second step")
		}
	}
	if got, ok := w.received(w.at("app", "/cb")); ok {
		t.Errorf("the application received %v", got.form)
	}
}

// sendsAPasskeyAgain: eve has the form with the response of a passkey, and all cookies of the
// browser but the session (WebAuthn §13.4.3).
func sendsAPasskeyAgain(t *testing.T) {
	w := newTown(t)
	ada := newBrowser(t, true)
	ada.authenticator()
	ada.withoutAutofill()
	w.addPasskey(ada, "ada")
	ada.open(w.login("/o/account/"))
	ada.clickThrough("form[data-passkey] button")
	ada.says("Your account")
	stolen := w.posted("passkey")
	cookies := slices.DeleteFunc(ada.jar(), func(c *network.Cookie) bool { return strings.HasSuffix(c.Name, "lk_session") })
	w.leaves(ada)

	thief, stranger := newBrowser(t, true), newBrowser(t, true)
	thief.takes(cookies)
	for _, b := range []*browser{ada, thief, stranger} {
		b.open(w.login("/o/account/"))
		b.submits(w.URL+stolen.path, stolen.form)
		b.says("This passkey could not be verified")
		w.expect(b, "", "the same response")
	}
}

// usesACodeTwice: eve has seen the password and the code, and sends them at the moment when ada
// does. One of them is logged in (RFC 6238 §5.2).
func usesACodeTwice(t *testing.T) {
	w := newTown(t)
	secret, _ := w.addTOTP("ada")
	browsers := []*browser{newBrowser(t, true), newBrowser(t, false)}
	var arrived sync.WaitGroup
	arrived.Add(len(browsers))
	w.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/login/second/") && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
				arrived.Done()
				arrived.Wait()
			}
			next.ServeHTTP(rw, r)
		})
	})
	code := oneTimeCode(t, secret, w.Now())
	for _, b := range browsers {
		w.enters(b, "ada")
		b.typed("#code", code)
	}
	var done sync.WaitGroup
	for _, b := range browsers {
		done.Go(func() { b.clickThrough("main form button.primary") })
	}
	done.Wait()
	inside := 0
	for _, b := range browsers {
		if w.person(b) == "ada" {
			inside++
		}
	}
	if inside != 1 {
		t.Errorf("%d browsers are logged in, want 1", inside)
	}
	late := newBrowser(t, true)
	arrived.Add(1)
	w.enters(late, "ada")
	late.typed("#code", code)
	late.clickThrough("main form button.primary")
	late.says("This code was already used")
	w.expect(late, "", "the third use")
}

// guess enters wrong values until the page reports that there were too many.
func guess(b *browser, try func(n int) outcome) {
	b.t.Helper()
	var last outcome
	for n := range 60 {
		if last = try(n); strings.Contains(last.Text, "Too many attempts") {
			return
		}
	}
	b.t.Fatalf("guesses are not limited: %+v", last)
}

// guessesCodes: eve has the password of ada. The browser that ada uses every day still logs in,
// and so does another one the next day.
func guessesCodes(t *testing.T) {
	w := newTown(t)
	secret, _ := w.addTOTP("ada")
	enter := func(b *browser, code string) {
		b.typed("#code", code)
		b.clickThrough("main form button.primary")
	}
	ada, eve := newBrowser(t, false), newBrowser(t, true)
	w.enters(ada, "ada")
	ada.tick("[name=remember]")
	enter(ada, oneTimeCode(t, secret, w.Now()))
	w.expect(ada, "ada", "the second step")
	w.leaves(ada)
	w.Advance(2 * time.Minute)

	w.enters(eve, "ada")
	second := eve.address()
	right, _ := strconv.Atoi(oneTimeCode(t, secret, w.Now()))
	w.readies(eve)
	guess(eve, func(n int) outcome {
		return eve.sends(second, "code", fmt.Sprintf("%06d", (right+500_000+n)%1_000_000))
	})
	eve.open(second)
	enter(eve, fmt.Sprintf("%06d", right))
	eve.says("Too many attempts")
	w.expect(eve, "", "the guesses")

	w.enters(ada, "ada")
	w.expect(ada, "ada", "the guesses, in a remembered browser")
	w.Advance(25 * time.Hour)
	w.enters(eve, "ada")
	enter(eve, oneTimeCode(t, secret, w.Now()))
	w.expect(eve, "ada", "a day")
}

// guessesPasswords: the browser that ada has used before still logs in, and any other one later.
func guessesPasswords(t *testing.T) {
	w := newTown(t)
	ada, eve := newBrowser(t, false), newBrowser(t, true)
	w.enters(ada, "ada")
	w.leaves(ada)
	w.readies(eve)
	guess(eve, func(n int) outcome {
		return eve.sends(w.login("/o/account/"), "username", "ada", "password", fmt.Sprintf("wrong password %d", n))
	})
	w.enters(eve, "ada")
	eve.says("Too many attempts")
	w.expect(eve, "", "the guesses")
	w.enters(ada, "ada")
	w.expect(ada, "ada", "the guesses, in a known browser")
	w.Advance(25 * time.Hour)
	w.enters(eve, "ada")
	w.expect(eve, "ada", "a day")
}

// looksLikeAda: eve signs up with a name that a person cannot distinguish from ada (UTS 39).
func looksLikeAda(t *testing.T) {
	w := newTown(t, func(o *latchkey.Options) { o.SignUp = true })
	w.Add(account.NewUser{Username: "paypal"})
	b := newBrowser(t, true)
	w.readies(b)
	for _, name := range []string{
		"ADA", "ada ", "аdа", // Cyrillic letters
		"ａｄａ",                                 // full width
		"a\u200bda", "ada\u200d", "\u202eada", // invisible characters
		"pаypal", "paypaI", "раураl", "pay\u00adpal", "ρaypal", "adm1n", "аdmin",
	} {
		if got := b.sends(w.Issuer+"/signup/", "username", name, "password", latchkeytest.Password, "password_again", latchkeytest.Password); !slices.Contains(got.Invalid, "username") {
			t.Errorf("%+q is accepted: %+v", name, got)
			return
		}
	}
	b.open(w.Issuer + "/signup/")
	for i, name := range []string{"аdа", "adelaide"} {
		b.typed("#username", name)
		b.typed("#password", latchkeytest.Password)
		b.typed("#password_again", latchkeytest.Password)
		b.clickThrough("main form button.primary")
		if i == 0 {
			b.see("#username[aria-invalid=true]")
		}
	}
	w.expect(b, "adelaide", "a sign-up with another name")
}

// plantsTheCallback: eve logs in at another provider, and lets ada open the address to which it
// then sends the browser (RFC 9700 §4.7). It is for a login of eve, or for a connection of the
// account of eve.
func plantsTheCallback(t *testing.T) {
	f := newFederation(t, nil)
	callback := func(begin func(eve *browser)) string {
		t.Helper()
		eve := newBrowser(t, true)
		f.hold(true)
		defer f.hold(false)
		begin(eve)
		eve.says("Held.")
		return eve.address()
	}
	forLogin := callback(func(eve *browser) {
		eve.open(f.login("/o/account/"))
		eve.clickThrough(`a[href*="/login/with/"]`)
		eve.logIn("eve", latchkeytest.Password)
		f.allows(eve)
	})
	forConnection := callback(func(eve *browser) {
		f.enters(eve, "eve")
		f.connects(eve)
		eve.logIn("mallory", latchkeytest.Password)
		f.allows(eve)
	})
	for _, name := range []string{"", "ada"} {
		ada := newBrowser(t, true)
		if name != "" {
			f.enters(ada, name)
		}
		for i, address := range []string{forLogin, forConnection} {
			trap := fmt.Sprintf("/trap/%s%d", name, i)
			f.page(trap, fmt.Sprintf(`<a id="trap" href="%s">Look at this`, html.EscapeString(address)))
			ada.open(f.at("evil", trap))
			ada.clickThrough("#trap")
			ada.says("Start again")
			f.expect(ada, name, "the callback of the attacker")
		}
		if name != "" {
			ada.open(f.Issuer + "/account/providers/")
			ada.says("Connect a provider")
			if strings.Contains(ada.text(), "Disconnect") {
				t.Error("the account of the attacker at the provider is connected with ada")
			}
		}
	}
}

// redirectsAfterTheLogin: eve sends ada a link to the real login page, which continues at a site
// of eve (RFC 9700 §4.11). Chromium reads addresses as people's browsers do.
func redirectsAfterTheLogin(t *testing.T) {
	w := newTown(t)
	w.page("/", "The site of the attacker.")
	evil := w.at("evil", "/")
	b := newBrowser(t, true)
	for i, next := range leadingTo(evil) {
		if i%8 == 1 {
			b.open(w.login(next))
			b.logIn("ada", latchkeytest.Password)
			w.stays(next, b.address())
			w.readies(b)
		} else {
			if i == 0 {
				w.readies(b)
			}
			w.stays(next, b.sends(w.login(next), "username", "ada", "password", latchkeytest.Password).Address)
		}
		if b.session() == "" {
			t.Errorf("%q: nobody is logged in", next)
		}
		b.deletesSession()
	}
	if _, ok := w.received(evil); ok {
		t.Error("the browser was sent to the site of the attacker")
	}
}
