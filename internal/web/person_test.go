package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestTheWalkOfAPerson(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = `<b>Evil & "Sons"</b>` })
	b := p.Browser()

	page := b.Open(authorizeURL(p, client, nil))
	if page.StatusCode != 200 || !strings.HasSuffix(page.Request.URL.Path, "/login/") {
		t.Fatalf("B-01: got %s %s", page.Status, page.Request.URL)
	}
	if strings.Contains(page.Body, "<b>Evil") {
		t.Error("R1.9 R7.13: the name is not escaped")
	}
	page = b.Submit(page, url.Values{"username": {"ada"}, "password": {"wrong password"}})
	if page.StatusCode != 401 || !strings.Contains(page.Body, "do not match") || !strings.Contains(page.Body, `value="ada"`) || strings.Contains(page.Body, "wrong password") {
		t.Errorf("a wrong password: %s %s", page.Status, page.Body)
	}
	page = b.LogIn(page, "ADA") // R7.5: in any letter case
	if !strings.Contains(page.Body, "Authorize &lt;b&gt;Evil") || !strings.Contains(page.Body, "See your data") || strings.Contains(page.Body, "Change your data") {
		t.Fatalf("T1-18: got %s", page.Body)
	}
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' https://app.example;") && !strings.HasSuffix(policy, "form-action 'self' https://app.example") {
		t.Errorf("B-48: the policy is %q", policy)
	}
	if !strings.Contains(policy, "frame-ancestors 'none'") || page.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("OAuch HasFrameOptions: %v", page.Header)
	}
	again := b.Submit(page, url.Values{"decision": {"authorize"}})
	if again.RedirectURL != nil || !strings.Contains(again.Body, "select “Allow” first") {
		t.Errorf("without Allow: %s", again.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if page.StatusCode != http.StatusSeeOther || page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" || page.RedirectURL.Query().Get("state") != "xyz" || page.RedirectURL.Query().Get("iss") != p.Issuer {
		t.Fatalf("T1-19: got %s %v", page.Status, page.RedirectURL)
	}
	if page.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("R3.11: a referrer is sent")
	}
	if page = b.Open(authorizeURL(p, client, nil)); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("the consent is not remembered: %s", page.Body)
	}
	page = b.Open(authorizeURL(p, client, url.Values{"scope": {"read write"}}))
	if !strings.Contains(page.Body, "Change your data") || !strings.Contains(page.Body, "new</span>") {
		t.Errorf("R7.2: more is not asked for: %s", page.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"cancel"}})
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "access_denied" || page.RedirectURL.Query().Get("iss") != p.Issuer {
		t.Errorf("T1-20 B-23: got %v", page.RedirectURL)
	}
}

func TestPromptNoneShowsNoPage(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}})); page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "login_required" {
		t.Errorf("D-01 B-30 nobody: %v", page.RedirectURL)
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}})); page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "consent_required" {
		t.Errorf("B-32 not allowed: %v", page.RedirectURL)
	}
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}, "redirect_uri": {"https://evil.example/"}})); page.RedirectURL != nil || page.StatusCode != 400 {
		t.Errorf("R1.7: sent to %v", page.RedirectURL)
	}
}

func TestOptionalScopesCanBeUnticked(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "must", Description: "Be"}, {Name: "may", Description: "Do more", Optional: true}}
	})
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, url.Values{"scope": {"must may"}})), "ada")
	if !strings.Contains(page.Body, `value="may" checked>`) {
		t.Errorf("not ticked at first: %s", page.Body)
	}
	if page = b.Submit(page, url.Values{"decision": {"authorize"}}); !strings.Contains(page.Body, `value="may">`) {
		t.Errorf("ticked again without the person: %s", page.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	_, body := send(t, "POST", p.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {page.RedirectURL.Query().Get("code")}, "redirect_uri": {client.RedirectURIs[0]},
		"code_verifier": {verifier}, "client_id": {client.ID}, "client_secret": {secret},
	}.Encode(), "Content-Type", form)
	if !strings.Contains(body, `"scope":"must"`) {
		t.Errorf("got %s", body)
	}
}

func TestNotYouAsksWhoItIs(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	// The Enter key presses the first button of the form it is pressed in.
	answer := page.Body[strings.Index(page.Body, "<form"):]
	if first := regexp.MustCompile(`<button[^>]*>`).FindString(answer); !strings.Contains(answer, `name="allow"`) || !strings.Contains(first, `value="authorize"`) {
		t.Errorf("Enter presses %s", first)
	}
	page = b.Submit(page, url.Values{"decision": {"switch"}})
	if !strings.Contains(page.Body, `name="password"`) || strings.Contains(page.Body, "ada") {
		t.Fatalf("got %s", page.Body)
	}
	if page = b.LogIn(page, "bob"); !strings.Contains(page.Body, "Logged in as <strong>bob</strong>") {
		t.Errorf("the request is lost: %s", page.Body)
	}
}

func TestR3_8_LoggingInChangesTheSession(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	b := p.Browser()
	session := func() string {
		home, _ := url.Parse(p.URL)
		for _, cookie := range b.Jar.Cookies(home) {
			if cookie.Name == "lk_session" {
				return cookie.Value
			}
		}
		return ""
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	first := session()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	second := session()
	if first == "" || first == second {
		t.Errorf("%q, then %q", first, second)
	}
	// The first one is over.
	response, _ := send(t, "GET", p.URL+"/", "", "Cookie", "lk_session="+first)
	if response.StatusCode != 200 {
		t.Error(response.Status)
	}
	if _, body := send(t, "GET", p.URL+"/", "", "Cookie", "lk_session="+first); strings.Contains(body, "logged in as") {
		t.Error("the old session lives")
	}
	page := b.Open(p.Issuer + "/logout/")
	if !strings.Contains(page.Body, "Log out?") || session() != second {
		t.Error("R3.10: a link logs people out")
	}
	page = b.Submit(page, url.Values{})
	if !strings.Contains(page.Body, "You are logged out") || session() != "" {
		t.Errorf("after logging out: %s, session %q", page.Body, session())
	}
	if _, body := send(t, "GET", p.URL+"/", "", "Cookie", "lk_session="+second); strings.Contains(body, "logged in as") {
		t.Error("R3.10: the session survives the log-out")
	}
}

func TestR1_8_NextLeadsNowhereElse(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "evil.example", ""} {
		b := p.Browser()
		page := b.LogIn(b.Open(p.Issuer+"/login/?next="+url.QueryEscape(next)), "ada")
		if page.RedirectURL != nil || page.Request.URL.Path != "/" {
			t.Errorf("%q leads to %v %s", next, page.RedirectURL, page.Request.URL)
		}
	}
	b := p.Browser()
	if page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/logout/?x=%26"), "ada"); page.Request.URL.RequestURI() != "/o/logout/?x=&" {
		t.Errorf("next is lost: %s", page.Request.URL)
	}
}

func TestR7_1_OtherSitesCannotDecide(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	handle := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
	decision := url.Values{"request": {handle}, "decision": {"authorize"}, "allow": {"yes"}}
	post := func(headers ...string) *http.Response {
		r, _ := http.NewRequest("POST", p.Issuer+"/authorize/", strings.NewReader(decision.Encode()))
		r.Header.Set("Content-Type", form)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		response, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response
	}
	if got := post("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("from another site: %s", got.Status)
	}
	if got := post("Origin", "https://evil.example"); got.StatusCode != 403 {
		t.Errorf("from another origin: %s", got.Status)
	}
	// R2.13: the same handle in another browser, or after somebody else logged
	// in, decides nothing.
	if got, _ := send(t, "POST", p.Issuer+"/authorize/", decision.Encode(), "Content-Type", form); got.StatusCode != 400 {
		t.Errorf("in another browser: %s", got.Status)
	}
	p.AddUser("bob", false)
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	page = b.Submit(latchkeytest.Page{Response: &http.Response{Request: &http.Request{URL: mustParse(p.Issuer + "/authorize/")}}}, decision)
	if page.RedirectURL != nil || !strings.Contains(page.Body, "Logged in as <strong>bob</strong>") {
		t.Errorf("R2.13 as another person: %v %s", page.RedirectURL, page.Body)
	}
	if response, _ := send(t, "POST", p.Issuer+"/login/", "username=ada&password=x", "Content-Type", form, "Sec-Fetch-Site", "cross-site"); response.StatusCode != 403 {
		t.Errorf("log-in from another site: %s", response.Status)
	}
}

func mustParse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func TestR7_3_PromptLoginReallyAsksAgain(t *testing.T) {
	clock := &later{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	for _, more := range []url.Values{{"prompt": {"login"}}, {"max_age": {"0"}}} {
		clock.by += time.Minute
		page := b.Open(authorizeURL(p, client, more))
		resume := page.Request.URL.Query().Get("next")
		if !strings.Contains(page.Body, "confirm that you are") {
			t.Fatalf("%v: not asked: %s", more, page.Body)
		}
		// Going on without logging in leads back to the log-in.
		if skipped := b.Open(p.URL + resume); !strings.Contains(skipped.Body, "confirm that you are") {
			t.Errorf("%v: skipped: %s", more, skipped.Body)
		}
		if page = b.LogIn(page, "ada"); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
			t.Errorf("%v: after logging in: %s", more, page.Body)
		}
	}
	clock.by += time.Minute
	page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
	if !strings.Contains(page.Body, "Continue as ada") {
		t.Fatalf("select_account: %s", page.Body)
	}
	if page = b.Submit(page, url.Values{"decision": {"continue"}}); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("select_account, continue: %s", page.Body)
	}
	page = b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
	if page = b.Submit(page, url.Values{"decision": {"other"}}); !strings.Contains(page.Body, `name="password"`) {
		t.Errorf("select_account, other: %s", page.Body)
	}
}

func TestTheErrorIdLeadsToWhatDiffered(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	client, secret := p.AddClient("https://app.example/cb", nil)
	page := p.Browser().Open(authorizeURL(p, client, url.Values{"redirect_uri": {"https://app.example/cb/"}}))
	if page.StatusCode != 400 || strings.Contains(page.Body, "https://app.example/cb\"") || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("B-04: %s", page.Status)
	}
	id := regexp.MustCompile(`id="error-id" value="([a-z2-7]+)"`).FindStringSubmatch(page.Body)
	if id == nil {
		t.Fatalf("no error id: %s", page.Body)
	}
	var line map[string]any
	for text := range strings.Lines(log.String()) {
		if strings.Contains(text, id[1]) {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if detail, _ := line["detail"].(string); !strings.Contains(detail, `path is "/cb/", registered "/cb"`) {
		t.Errorf("the log line is %v", line)
	}
	send(t, "POST", p.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret + "x"}}.Encode(), "Content-Type", form)
	if strings.Contains(log.String(), "lk_cs_") {
		t.Error("R3.11: a secret is in the log")
	}
}

func TestD_25_GuessingIsBraked(t *testing.T) {
	clock := &later{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	owner := p.Browser()
	owner.LogIn(owner.Open(p.Issuer+"/login/"), "ada")
	stranger := p.Browser()
	var page latchkeytest.Page
	for range 12 {
		page = stranger.Submit(stranger.Open(p.Issuer+"/login/"), url.Values{"username": {"ada"}, "password": {"guess"}})
	}
	if page.StatusCode != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Too many attempts") {
		t.Errorf("after 12 guesses: %s", page.Status)
	}
	if page := stranger.LogIn(stranger.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the right password in between: %s", page.Status)
	}
	if page := owner.LogIn(owner.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != 200 {
		t.Errorf("the stranger locked the owner out: %s", page.Status)
	}
	clock.by += 11 * time.Minute
	if page := stranger.LogIn(stranger.Open(p.Issuer+"/login/"), "ada"); page.StatusCode != 200 {
		t.Errorf("ten minutes later: %s", page.Status)
	}
}

func TestANobodyAndASomebodyLookAlike(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	bodies := make(map[string]string)
	for _, name := range []string{"ada", "nobody"} {
		b := p.Browser()
		page := b.Submit(b.Open(p.Issuer+"/login/"), url.Values{"username": {name}, "password": {"wrong password"}})
		bodies[name] = page.Status + strings.ReplaceAll(page.Body, name, "NAME")
	}
	if bodies["ada"] != bodies["nobody"] {
		t.Error("R7.5: the answers differ")
	}
}
