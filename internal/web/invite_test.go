package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// closed is a server without sign-up.
func closed(t *testing.T, change ...func(*latchkey.Options)) (*latchkeytest.Provider, *movableClock) {
	t.Helper()
	clock := new(movableClock)
	return latchkeytest.New(t, append([]func(*latchkey.Options){func(o *latchkey.Options) { o.Clock, o.InsecureCatchMails = clock.now, true }}, change...)...), clock
}

// invited returns the code of a new invitation.
func invited(t *testing.T, p *latchkeytest.Provider, n account.NewInvitation) (account.Invitation, string) {
	t.Helper()
	i, link, err := p.Server.Invite(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(link, "/o/invite/#")
	return i, code
}

// accept opens an invitation in a browser, and creates an account.
func accept(b *latchkeytest.Browser, p *latchkeytest.Provider, code, username string, more url.Values) latchkeytest.Page {
	page := b.Submit(b.Open(p.Issuer+"/invite/"), url.Values{"code": {code}})
	if page.StatusCode != http.StatusOK {
		return page
	}
	fields := url.Values{"action": {"create"}, "username": {username}, "password": {"correct horse battery"}, "password_again": {"correct horse battery"}, "email": {username + "@example.org"}}
	for name, values := range more {
		fields[name] = values
	}
	return b.Submit(page, fields)
}

func TestInvitationByLinkCreatesOneAccountAlthoughSignUpIsDisabled(t *testing.T) {
	p, _ := closed(t)
	i, code := invited(t, p, account.NewInvitation{Note: "Ada from accounting"})
	if page := p.Browser().Open(p.Issuer + "/signup/"); page.StatusCode != http.StatusNotFound {
		t.Fatalf("sign-up is not disabled: %s", page.Status)
	}
	b := p.Browser()
	page := accept(b, p, code, "ada", nil)
	if page.StatusCode != http.StatusOK || !strings.HasSuffix(page.Request.URL.Path, "/account/") || !strings.Contains(page.Body, "ada") || strings.Contains(page.Body, "accounting") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	u, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil || u.ID != i.ID || u.Admin || u.EmailVerified() || u.Email != "ada@example.org" || !u.ExpiresAt.IsZero() {
		t.Errorf("the account is %+v, %v", u, err)
	}
	if page := accept(p.Browser(), p, code, "eve", nil); page.StatusCode != http.StatusGone || !strings.Contains(page.Body, "This invitation was used") || !strings.Contains(page.Body, "/o/login/") {
		t.Errorf("a second time: %s %s", page.Status, page.Body)
	}
}

// TestInvitationCreatesOneAccountAmongManyCallers: with the whole path, and not only in a
// Store.
func TestInvitationCreatesOneAccountAmongManyCallers(t *testing.T) {
	p, _ := closed(t)
	_, code := invited(t, p, account.NewInvitation{})
	var created atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			n := account.NewUser{Username: "user" + string(rune('a'+i)), Password: "correct horse battery", Email: "a@example.org"}
			if _, _, err := p.Accounts.AcceptInvitation(context.Background(), account.Acceptance{Code: code, User: n}); err == nil {
				created.Add(1)
			}
		})
	}
	all.Wait()
	if created.Load() != 1 {
		t.Errorf("%d accounts were created", created.Load())
	}
}

func TestInvitationByMailConfirmsTheAddressToWhichItWasSent(t *testing.T) {
	p, _ := closed(t)
	_, code := invited(t, p, account.NewInvitation{Email: "Ada@Example.org", Admin: true})
	if code != "" {
		t.Fatal("the administrator learns the code, and could confirm the address of another person")
	}
	code = mailedCode(t, p)
	page := accept(p.Browser(), p, code, "ada", url.Values{"email": {"other@example.org"}})
	u, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil || u.Email != "Ada@Example.org" || !u.EmailVerified() || !u.Admin {
		t.Fatalf("the account is %+v, %v: %s", u, err, page.Body)
	}
	_, _, err = p.Server.Invite(context.Background(), account.NewInvitation{Email: "ada@example.org"})
	if err == nil || !strings.Contains(err.Error(), "has already confirmed this address") {
		t.Errorf("invited again: %v", err)
	}
}

// TestInvitationIsInTheLanguageThatTheAdministratorChose, and so are the later emails to the
// person, unless the browser prefers another language.
func TestInvitationIsInTheLanguageThatTheAdministratorChose(t *testing.T) {
	p, _ := closed(t)
	invited(t, p, account.NewInvitation{Email: "ada@example.org", Locale: "de"})
	code := mailedCode(t, p)
	if mails := p.Browser().Open(p.Issuer + "/mails/"); !strings.Contains(mails.Body, "Ihre Einladung") {
		t.Errorf("the email is not in German: %s", mails.Body)
	}
	accept(p.Browser(), p, code, "ada", nil)
	u, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil || !strings.Contains(string(u.Claims), `"locale":"de"`) {
		t.Errorf("the account is %+v, %v", u, err)
	}
	_, _, err = p.Server.Invite(context.Background(), account.NewInvitation{Email: "eve@example.org", Locale: "de_DE"})
	if err == nil || !strings.Contains(err.Error(), "language tag") {
		t.Errorf("a language that does not exist: %v", err)
	}
}

var inviteLink = regexp.MustCompile(`/o/invite/#(lk_in_[0-9a-f]+)`)

// mailedCode waits for an invitation, which is sent in the background.
func mailedCode(t *testing.T, p *latchkeytest.Provider) string {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		if link := inviteLink.FindStringSubmatch(p.Browser().Open(p.Issuer + "/mails/").Body); link != nil {
			return link[1]
		}
	}
	t.Fatal("no invitation was sent")
	return ""
}

func TestInvitationThatIsNotOpenSaysWhyAndWhatToDo(t *testing.T) {
	p, clock := closed(t)
	withdrawn, first := invited(t, p, account.NewInvitation{})
	if err := p.Server.WithdrawInvitation(context.Background(), withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	_, second := invited(t, p, account.NewInvitation{TTL: time.Hour})
	_, forever := invited(t, p, account.NewInvitation{TTL: -1})
	clock.move(time.Hour)
	other, _ := closed(t)
	_, foreign := invited(t, other, account.NewInvitation{})
	flipped := []byte(forever)
	flipped[len(flipped)-1] ^= 1
	for code, test := range map[string]struct {
		status int
		text   string
	}{
		first:             {http.StatusGone, "This invitation was withdrawn"},
		second:            {http.StatusGone, "This invitation has expired"},
		foreign:           {http.StatusUnprocessableEntity, "This code is not valid"},
		string(flipped):   {http.StatusUnprocessableEntity, "This code is not valid"},
		"":                {http.StatusUnprocessableEntity, "This code is not valid"},
		"lk_in_":          {http.StatusUnprocessableEntity, "This code is not valid"},
		forever[:40]:      {http.StatusUnprocessableEntity, "This code is not valid"},
		"x" + forever[1:]: {http.StatusUnprocessableEntity, "This code is not valid"},
	} {
		page := accept(p.Browser(), p, code, "mallory", nil)
		if page.StatusCode != test.status || !strings.Contains(page.Body, test.text) || !strings.Contains(page.Body, "invited you") {
			t.Errorf("%.12s: got %s %s", code, page.Status, page.Body)
		}
	}
	clock.move(5 * 365 * 24 * time.Hour)
	if page := accept(p.Browser(), p, forever, "ada", nil); page.StatusCode != http.StatusOK {
		t.Errorf("without expiry: %s", page.Status)
	}
	if _, err := p.Store.UserByName(context.Background(), "mallory"); err == nil {
		t.Error("an account was created")
	}
}

// TestInvitedPersonContinuesTheAuthorizationRequest: from the login page, the person enters
// the code of the invitation.
func TestInvitedPersonContinuesTheAuthorizationRequest(t *testing.T) {
	p, _ := closed(t)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "The app" })
	_, code := invited(t, p, account.NewInvitation{})
	b := p.Browser()
	login := b.Open(authorizeURL(p, client, nil))
	link := regexp.MustCompile(`href="(/o/invite/\?next=[^"]+)"`).FindStringSubmatch(login.Body)
	if link == nil {
		t.Fatalf("the login page has no link: %s", login.Body)
	}
	page := b.Submit(b.Open(p.URL+strings.ReplaceAll(link[1], "&amp;", "&")), url.Values{"code": {code}})
	page = b.Submit(page, url.Values{"action": {"create"}, "username": {"ada"}, "password": {"correct horse battery"}, "password_again": {"correct horse battery"}, "email": {"ada@example.org"}})
	if !strings.Contains(page.Body, "The app") || !strings.Contains(page.Body, `name="allow"`) {
		t.Errorf("the request is lost: %s %s", page.Status, page.Body)
	}
}

func TestInvitedPersonCanChooseAPasskeyInsteadOfAPassword(t *testing.T) {
	p, _ := closed(t, withPasskeys)
	origin := strings.TrimSuffix(p.Issuer, "/o")
	_, code := invited(t, p, account.NewInvitation{})
	b := p.Browser()
	page := b.Submit(b.Open(p.Issuer+"/invite/"), url.Values{"code": {code}})
	page = b.Submit(page, url.Values{"action": {"passkey"}, "username": {"ada"}, "email": {"ada@example.org"}})
	options := attribute(page.Body, "data-passkey-create")
	if options == "" {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if !strings.Contains(options, `"residentKey":"required"`) || !strings.Contains(options, `"userVerification":"required"`) {
		t.Errorf("the passkey may be one that is not enough for a login: %s", options)
	}
	a := newAuthenticator(t, origin)
	answer := a.create(t, []byte(options))
	page = b.Submit(page, url.Values{"action": {"create"}, "passkey": {string(answer)}})
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "Your account has been created") || strings.Count(page.Body, "<li><code>") != account.RecoveryCodes {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	u, err := p.Store.UserByName(context.Background(), "ada")
	if err != nil || u.PasswordHash != "" || !u.Has(account.FactorPasskey) {
		t.Errorf("the account is %+v, %v", u, err)
	}
	if page := b.Open(p.Issuer + "/account/"); !strings.Contains(page.Body, "ada") {
		t.Errorf("not logged in: %s", page.Body)
	}
	_, other := invited(t, p, account.NewInvitation{})
	n := account.NewUser{Username: "eve", Email: "eve@example.org"}
	if _, _, err := p.Accounts.AcceptInvitation(context.Background(), account.Acceptance{Code: other, User: n, Passkey: newAuthenticator(t, origin).create(t, []byte(options))}); err == nil {
		t.Error("the challenge of another invitation was accepted")
	}
}

// attribute returns the value of an attribute on a page.
func attribute(page, name string) string {
	_, after, _ := strings.Cut(page, name+`="`)
	value, _, _ := strings.Cut(after, `"`)
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(value)
}

// TestInvitedPersonCanLogInAtAnotherProvider: although the provider does not sign people up.
func TestInvitedPersonCanLogInAtAnotherProvider(t *testing.T) {
	f := newFederation(t, func(l *latchkey.LoginProvider) { l.SignUp = "" })
	if page := f.logsIn(t, f.Browser(), "ada", "/"); page.StatusCode != http.StatusForbidden {
		t.Fatalf("without an invitation: %s", page.Status)
	}
	i, code := invited(t, f.Provider, account.NewInvitation{Admin: true})
	enter := func(b *latchkeytest.Browser, name string) latchkeytest.Page {
		page := b.Submit(b.Open(f.Issuer+"/invite/"), url.Values{"code": {code}})
		page = b.Submit(page, url.Values{"action": {"provider:acme"}})
		if page.RedirectURL == nil {
			return page
		}
		return b.Open(f.answers(t, page.RedirectURL, name))
	}
	// A login that was not begun with the invitation does not use it, also in the same browser.
	shared := f.Browser()
	if page := shared.Submit(shared.Submit(shared.Open(f.Issuer+"/invite/"), url.Values{"code": {code}}), url.Values{"action": {"provider:acme"}}); page.RedirectURL == nil {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if page := f.logsIn(t, shared, "eve", "/"); page.StatusCode != http.StatusForbidden {
		t.Errorf("another person in the same browser: %s", page.Status)
	}
	b, late := f.Browser(), f.Browser()
	lateOn := late.Submit(late.Submit(late.Open(f.Issuer+"/invite/"), url.Values{"code": {code}}), url.Values{"action": {"provider:acme"}})
	page := enter(b, "ada")
	u, err := f.Store.UserByName(context.Background(), "ada")
	if err != nil || u.ID != i.ID || !u.Admin || u.PasswordHash != "" || !f.loggedInAs(b, "ada") {
		t.Fatalf("the account is %+v, %v: %s %s", u, err, page.Status, page.Body)
	}
	if page := late.Open(f.answers(t, lateOn.RedirectURL, "eve")); page.StatusCode != http.StatusGone || !strings.Contains(page.Body, "This invitation was used") {
		t.Errorf("a second person: %s %s", page.Status, page.Body)
	}
	if page := f.logsIn(t, f.Browser(), "ada", "/"); page.StatusCode != http.StatusOK {
		t.Errorf("the next login: %s", page.Status)
	}
}

// TestInvitationDoesNotOpenAProviderThatNeverSignsUp: its button is missing, and a form without it
// creates no account and does not use the invitation.
func TestInvitationDoesNotOpenAProviderThatNeverSignsUp(t *testing.T) {
	f := newFederation(t, func(l *latchkey.LoginProvider) { l.SignUp = "never" })
	_, code := invited(t, f.Provider, account.NewInvitation{})
	b := f.Browser()
	page := b.Submit(b.Open(f.Issuer+"/invite/"), url.Values{"code": {code}})
	if page.StatusCode != http.StatusOK || strings.Contains(page.Body, "Continue with Acme") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	page = b.Submit(page, url.Values{"code": {code}, "action": {"provider:acme"}})
	if page.RedirectURL == nil {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	refused := b.Open(f.answers(t, page.RedirectURL, "ada"))
	shows(t, refused, http.StatusForbidden, "No account here is connected")
	records, _, err := audit.List(t.Context(), f.Store, audit.Filter{Event: oauth.EventLogin}, paging.Page{Limit: 10})
	if err != nil || len(records) != 1 || records[0].Outcome != oauth.OutcomeDenied || records[0].Reason != oauth.DeniedNoAccount || records[0].Target != "acme" || records[0].ErrorID == "" || !strings.Contains(refused.Body, records[0].ErrorID) {
		t.Errorf("the audit log does not explain it: %v %v", records, err)
	}
	if _, err := f.Store.UserByName(t.Context(), "ada"); err == nil {
		t.Error("an account was created")
	}
	if page := accept(f.Browser(), f.Provider, code, "grace", nil); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "grace") {
		t.Errorf("the invitation was used: %s %s", page.Status, page.Body)
	}
}

// TestInvitationReportsAllFaultsAtOnce, as sign-up and setup do.
func TestInvitationReportsAllFaultsAtOnce(t *testing.T) {
	p, _ := closed(t)
	_, code := invited(t, p, account.NewInvitation{})
	b := p.Browser()
	page := accept(b, p, code, "a b", url.Values{"email": {""}, "password": {"short"}, "password_again": {"other"}})
	for _, field := range []string{"username", "email", "password", "password_again"} {
		if !strings.Contains(page.Body, `<li><a href="#`+field+`">`) {
			t.Errorf("the fault of %s is not reported: %s", field, page.Body)
		}
	}
}

// TestInvitationIsUsedOnlyByTheFormThatCreatesTheAccount: programs that check the links of an
// email open them, and run their scripts. They may even submit the code.
func TestInvitationIsUsedOnlyByTheFormThatCreatesTheAccount(t *testing.T) {
	p, _ := closed(t)
	i, code := invited(t, p, account.NewInvitation{})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, err := http.NewRequestWithContext(t.Context(), method, p.Issuer+"/invite/?action=create&username=eve&password=correct+horse+battery&password_again=correct+horse+battery&email=eve%40example.org&code="+code, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := p.Browser().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	for range 3 {
		if page := p.Browser().Submit(p.Browser().Open(p.Issuer+"/invite/"), url.Values{"code": {code}}); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, `name="username"`) {
			t.Errorf("the code alone: %s", page.Status)
		}
	}
	if _, err := p.Store.User(t.Context(), i.ID); err == nil {
		t.Fatal("an account was created")
	}
	if page := accept(p.Browser(), p, code, "ada", nil); !strings.HasSuffix(page.Request.URL.Path, "/account/") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
}

// TestInvitationIsAcceptedInAnotherTab: it belongs neither to a tab nor to a login. The person
// can log in in another tab in the meantime, and the account of the invitation is then the one that
// is logged in.
func TestInvitationIsAcceptedInAnotherTab(t *testing.T) {
	p, _ := closed(t)
	p.AddUser("bob", false)
	_, code := invited(t, p, account.NewInvitation{})
	b := p.Browser()
	var tabs []latchkeytest.Page
	for range 2 {
		tabs = append(tabs, b.Submit(b.Open(p.Issuer+"/invite/"), url.Values{"code": {code}}))
	}
	b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {"bob"}, "password": {latchkeytest.Password}})
	if page := b.Open(p.Issuer + "/account/"); !strings.Contains(page.Body, "bob") {
		t.Fatalf("not logged in: %s", page.Body)
	}
	form := url.Values{"action": {"create"}, "username": {"ada"}, "password": {"correct horse battery"}, "password_again": {"correct horse battery"}, "email": {"ada@example.org"}}
	if page := b.Submit(tabs[1], form); !strings.HasSuffix(page.Request.URL.Path, "/account/") || !strings.Contains(page.Body, "ada") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if page := b.Submit(tabs[0], form); page.StatusCode != http.StatusGone || !strings.Contains(page.Body, "This invitation was used") {
		t.Errorf("in the first tab: %s %s", page.Status, page.Body)
	}
	if page := b.Open(p.Issuer + "/account/"); !strings.Contains(page.Body, "ada") {
		t.Errorf("the last person who logged in is logged out: %s", page.Body)
	}
}
