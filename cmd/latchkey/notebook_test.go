package main

import (
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"
)

// challenge belongs to the verifier of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// A notebook records the responses that a client received while servers or
// their database failed.
type notebook struct {
	changed chan struct{} // receives a value after a request; other notebooks may use it too

	mu       sync.Mutex
	live     map[string]bool   // access tokens that must be active
	dead     map[string]bool   // access tokens that must not
	spent    map[string]string // refresh token → its successor
	codes    map[string]int    // code → how many times it was redeemed
	rejected []string          // valid refresh tokens that were rejected after their response was lost
	requests int               // that were answered or failed
	failures int               // of these requests, without a successful response
}

func newNotebook(changed chan struct{}) *notebook {
	return &notebook{changed: changed, live: map[string]bool{}, dead: map[string]bool{}, spent: map[string]string{}, codes: map[string]int{}}
}

// write changes the notebook.
func (n *notebook) write(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// finished counts a request and wakes up await.
func (n *notebook) finished(successful bool) {
	n.write(func() {
		n.requests++
		if !successful {
			n.failures++
		}
	})
	select {
	case n.changed <- struct{}{}:
	default: // await is about to look
	}
}

// An amount is how much of each kind a notebook contains.
type amount struct{ live, dead, spent, codes, requests, failures int }

func (n *notebook) amount() (a amount) {
	n.write(func() {
		a = amount{len(n.live), len(n.dead), len(n.spent), len(n.codes), n.requests, n.failures}
	})
	return a
}

// exceeds reports whether there are so many more of each kind of success.
func (a amount) exceeds(before amount, by int) bool {
	return min(a.live-before.live, a.dead-before.dead, a.spent-before.spent, a.codes-before.codes) >= by
}

// logIn returns a browser in which ada is logged in.
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

// code requests an authorization code. It returns "" if that fails.
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

// A worker sends requests and records the responses.
type worker struct {
	*notebook
	issuer   string
	client   url.Values
	browser  *http.Client
	rejected bool // the last response was 400
}

// keepBusy runs workers until stop is closed. Half of them redeem and refresh,
// and the others issue tokens by client credentials. One revokes them, too.
func (n *notebook) keepBusy(load *sync.WaitGroup, workers int, issuer string, client url.Values, browser *http.Client, stop <-chan struct{}) {
	for i := range workers {
		w := &worker{notebook: n, issuer: issuer, client: client, browser: browser}
		round := w.redeemAndRefresh
		switch {
		case i == 0:
			round = w.issueAndRevoke
		case i%2 == 0:
			round = w.issue
		}
		load.Go(func() {
			for {
				pause := 2 * time.Millisecond // the server has more to do than these requests
				if !round() {
					pause = 20 * time.Millisecond // the server may be down
				}
				select {
				case <-stop:
					return
				case <-time.After(pause):
				}
			}
		})
	}
}

// send returns the response, or nil if there was no successful one.
func (w *worker) send(path string, form url.Values) map[string]any {
	for name, values := range w.client {
		form[name] = values
	}
	status, answer, err := post(w.issuer+path, form)
	successful := err == nil && status == http.StatusOK
	w.rejected = err == nil && status == http.StatusBadRequest
	w.finished(successful)
	switch {
	case !successful:
		return nil
	case answer == nil:
		return map[string]any{} // a revocation has no body
	}
	return answer
}

func (w *worker) issue() bool {
	token := w.send("/token", url.Values{"grant_type": {"client_credentials"}})
	if token == nil {
		return false
	}
	w.write(func() { w.live[token["access_token"].(string)] = true })
	return true
}

func (w *worker) issueAndRevoke() bool {
	token := w.send("/token", url.Values{"grant_type": {"client_credentials"}})
	if token == nil {
		return false
	}
	// Until the revocation is acknowledged, the token may be active or not.
	text := token["access_token"].(string)
	if w.send("/revoke_token", url.Values{"token": {text}}) == nil {
		return false
	}
	w.write(func() { w.dead[text] = true })
	return true
}

func (w *worker) redeemAndRefresh() bool {
	text := code(w.browser, w.issuer, w.client)
	if text == "" {
		w.finished(false)
		return false
	}
	exchange := url.Values{"grant_type": {"authorization_code"}, "code": {text}, "code_verifier": {verifier}}
	token := w.send("/token", exchange)
	if token == nil { // the proxy sends the second request to another node, which may be up
		token = w.send("/token", exchange)
	}
	if token == nil {
		w.write(func() { w.codes[text] += 0 })
		return false
	}
	w.write(func() { w.codes[text]++; w.live[token["access_token"].(string)] = true })
	refresh := token["refresh_token"].(string)
	for range 3 {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
		next := w.send("/token", form)
		for tries := 0; next == nil && !w.rejected && tries < 3; tries++ {
			next = w.send("/token", form)
		}
		if next == nil {
			if w.rejected {
				w.write(func() { w.notebook.rejected = append(w.notebook.rejected, refresh) })
			}
			return false
		}
		successor := next["refresh_token"].(string)
		w.write(func() {
			w.spent[refresh] = successor
			w.live[next["access_token"].(string)] = true
		})
		refresh = successor
	}
	return true
}

// awaitMoment waits for a random number of requests, so that a fault happens at
// any point of them.
func awaitMoment(t *testing.T, random *rand.Rand, notebooks ...*notebook) {
	t.Helper()
	total := func() (n int) {
		for _, note := range notebooks {
			n += note.amount().requests
		}
		return n
	}
	end := total() + 1 + random.IntN(60)
	await(t, notebooks[0].changed, "requests are sent", func() bool { return total() >= end })
}

var wellFormed = regexp.MustCompile(`^lk_at_[0-9A-Za-z]{71}$`)

// check compares the state of the server with what was recorded.
func (n *notebook) check(t *testing.T, issuer string, client url.Values) {
	t.Helper()
	a := n.amount()
	t.Logf("%d requests, %d without success: %d access tokens must be active, %d must not, %d refresh tokens were rotated, %d codes redeemed",
		a.requests, a.failures, a.live, a.dead, a.spent, a.codes)
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
			t.Fatalf("an acknowledged token is lost, or was the token of another application: %s", token)
		}
	}
	for token := range n.dead {
		if active(token) {
			t.Fatalf("a revoked token is active: %s", token)
		}
	}
	if len(n.rejected) > 0 {
		t.Fatalf("%d valid refresh tokens were rejected after their response was lost", len(n.rejected))
	}
	// These come last, because a replay revokes the family: no code and no
	// refresh token works twice, except for the same response inside the window.
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
			t.Fatalf("a used refresh token yields another pair: %d %v %v", status, answer, err)
		}
	}
}
