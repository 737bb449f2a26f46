package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"sync"
	"testing"
)

// challenge belongs to the verifier of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// notebook is what clients were told, by a server that was killed or not.
type notebook struct {
	mu       sync.Mutex
	live     map[string]bool   // access tokens that must be active
	dead     map[string]bool   // access tokens that must not
	spent    map[string]string // refresh token → the one that replaced it
	codes    map[string]int    // code → how often it was redeemed
	refused  []string          // refresh tokens that were good, asked for again because the answer was lost
	answered int
}

// do writes down an answer.
func (n *notebook) do(f func()) {
	n.look(func() { n.answered++; f() })
}

func (n *notebook) look(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func newNotebook() *notebook {
	return &notebook{live: map[string]bool{}, dead: map[string]bool{}, spent: map[string]string{}, codes: map[string]int{}}
}

// large fails a test whose load was too small to show anything.
func (n *notebook) large(t *testing.T, least int) {
	t.Helper()
	t.Logf("%d answers: %d access tokens must live, %d be dead, %d refresh tokens were spent, %d codes redeemed",
		n.answered, len(n.live), len(n.dead), len(n.spent), len(n.codes))
	if n.least() < least {
		t.Error("the load was too small to show anything")
	}
}

// least is how much it has of what it has least of.
func (n *notebook) least() int { return min(len(n.live), len(n.dead), len(n.spent), len(n.codes)) }

// logIn gives a browser in which ada is logged in.
func logIn(t *testing.T, issuer, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(issuer+"/login/", url.Values{"username": {"ada"}, "password": {password}})
	if err != nil || response.StatusCode != http.StatusSeeOther {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	return browser
}

// code asks for a code.
func code(browser *http.Client, issuer string, client url.Values) string {
	response, err := browser.Get(issuer + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": client["client_id"], "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		return ""
	}
	_ = response.Body.Close()
	location, err := response.Location()
	if err != nil {
		return ""
	}
	return location.Query().Get("code")
}

// load works until the server dies: it writes down only what it was told.
func (n *notebook) load(issuer string, client url.Values, browser *http.Client, worker int, stop chan struct{}) {
	var refused bool // by an answer
	send := func(path string, more url.Values) map[string]any {
		form := url.Values{}
		for _, values := range []url.Values{client, more} {
			for name, value := range values {
				form[name] = value
			}
		}
		status, answer, err := post(issuer+path, form)
		refused = err == nil && status == http.StatusBadRequest
		if err != nil || status != 200 {
			return nil
		}
		if answer == nil {
			answer = map[string]any{}
		}
		return answer
	}
	for {
		select {
		case <-stop:
			return
		default:
		}
		if worker%2 == 0 {
			token := send("/token", url.Values{"grant_type": {"client_credentials"}})
			if token == nil {
				return
			}
			text := token["access_token"].(string)
			n.do(func() { n.live[text] = true })
			if worker != 0 {
				continue
			}
			n.do(func() { delete(n.live, text) }) // from here on either is right, until it is said
			if send("/revoke_token", url.Values{"token": {text}}) == nil {
				return
			}
			n.do(func() { n.dead[text] = true })
			continue
		}
		text := code(browser, issuer, client)
		if text == "" {
			return
		}
		exchange := url.Values{"grant_type": {"authorization_code"}, "code": {text}, "code_verifier": {verifier}}
		token := send("/token", exchange)
		if token == nil { // on another node, which may be good
			token = send("/token", exchange)
		}
		if token == nil {
			n.do(func() { n.codes[text] += 0 })
			return
		}
		n.do(func() { n.codes[text]++; n.live[token["access_token"].(string)] = true })
		refresh := token["refresh_token"].(string)
		for range 3 {
			again := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
			next := send("/token", again)
			for tries := 0; next == nil && !refused && tries < 3; tries++ {
				next = send("/token", again)
			}
			if next == nil {
				if refused {
					n.do(func() { n.refused = append(n.refused, refresh) })
				}
				return
			}
			n.do(func() {
				n.spent[refresh] = next["refresh_token"].(string)
				n.live[next["access_token"].(string)] = true
			})
			refresh = next["refresh_token"].(string)
		}
	}
}

var wellFormed = regexp.MustCompile(`^lk_at_[0-9A-Za-z]{71}$`)

// check holds the server to what was written down.
func (n *notebook) check(t *testing.T, issuer string, client url.Values) {
	t.Helper()
	active := func(token string) bool {
		form := url.Values{"token": {token}, "client_id": client["client_id"], "client_secret": client["client_secret"]}
		status, answer, err := post(issuer+"/introspect", form)
		if err != nil || status != 200 {
			t.Fatalf("introspection: %d %v", status, err)
		}
		return answer["active"] == true
	}
	for token := range n.live {
		if !wellFormed.MatchString(token) || !active(token) {
			t.Fatalf("an acknowledged token is lost, or was another application's: %s", token)
		}
	}
	for token := range n.dead {
		if active(token) {
			t.Fatalf("a revoked token came to life: %s", token)
		}
	}
	if len(n.refused) > 0 {
		t.Fatalf("%d refresh tokens whose answer was lost were refused afterwards", len(n.refused))
	}
	// Last, because a replay ends its family: no code and no refresh token is
	// good a second time, but for the same answer inside the window.
	for code, times := range n.codes {
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "client_id": client["client_id"], "client_secret": client["client_secret"]}
		for range 2 {
			status, _, err := post(issuer+"/token", form)
			if err != nil {
				t.Fatal(err)
			}
			if status == http.StatusOK {
				times++
			}
		}
		if times > 1 {
			t.Fatalf("code %s was redeemed %d times", code, times)
		}
	}
	for old, next := range n.spent {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old}, "client_id": client["client_id"], "client_secret": client["client_secret"]}
		status, answer, err := post(issuer+"/token", form)
		if err != nil || (status == 200 && answer["refresh_token"] != next) {
			t.Fatalf("a spent refresh token earned another: %d %v %v", status, answer, err)
		}
	}
}
