package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	protocol "github.com/seed-e6a88a41/latchkey/provider"
)

// A newcomer is a person in a browser who follows only links and buttons that the pages show, and
// begins at the start page of the server.
type newcomer struct {
	*browser
	w      *town
	clicks int
	login  int // how many of the clicks led to the login
}

// maxClicks is how many clicks a task may take after the login.
const maxClicks = 3

// TestNewcomersCompleteTasksUsingOnlyThePages: people can do common tasks without documentation and
// with few clicks.
func TestNewcomersCompleteTasksUsingOnlyThePages(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, task := range []struct {
		name   string
		clicks int
		run    func(*newcomer)
	}{
		{"add a passkey on a second device", 7, addsASecondPasskey},
		{"find the agent that used my data yesterday, and stop it", 5, stopsTheAgent},
		{"log out the stolen laptop", 5, logsOutTheLaptop},
		{"get back in after losing the phone, and use another one", 7, returnsWithoutThePhone},
	} {
		t.Run(task.name, func(t *testing.T) {
			w.t = t
			n := &newcomer{browser: newBrowser(t, true), w: w}
			task.run(n)
			if n.clicks > task.clicks || n.login == 0 || n.clicks-n.login > maxClicks {
				t.Errorf("the task takes %d clicks, and %d of them after the login; want at most %d and %d", n.clicks, n.clicks-n.login, task.clicks, maxClicks)
			}
		})
	}
}

// presses clicks the link or the button with these words, and waits for the next page. If several
// parts of the page have one, in is a text of the right part.
func (n *newcomer) presses(words string, in ...string) {
	n.t.Helper()
	n.marks(words, in...)
	n.clicks++
	n.clickThrough("[data-pressed]")
}

// marks waits until exactly one link or button has these words.
func (n *newcomer) marks(words string, in ...string) {
	n.t.Helper()
	part := append(in, "")[0]
	wait[bool](n.browser, words, fmt.Sprintf(`((words, part) => {
		const found = [...document.querySelectorAll("a, button, summary")].filter((e) => (%s)(e) && e.innerText.trim().replace(/…$/, "") === words && (!part || e.closest("li, section, main")?.innerText.includes(part)))
		if (found.length !== 1) return false
		document.querySelector("[data-pressed]")?.removeAttribute("data-pressed")
		found[0].setAttribute("data-pressed", "")
		return true
	})(%q, %q)`, isVisible, words, part))
}

// logsIn begins at the start page.
func (n *newcomer) logsIn(name string) {
	n.t.Helper()
	n.open(n.w.URL + "/")
	n.presses("Log in")
	n.logIn(name, latchkeytest.Password)
	n.clicks++
	n.login = n.clicks
}

// verifies enters a code, which completes the login.
func (n *newcomer) verifies(code string) {
	n.t.Helper()
	n.typed("#code", code)
	n.presses("Verify")
	n.login = n.clicks
}

// addsASecondPasskey: the person has the first passkey on another device, and its recovery codes.
func addsASecondPasskey(n *newcomer) {
	n.w.AddUser("pat", false)
	first := newBrowser(n.t, true)
	first.authenticator()
	first.open(n.w.login("/o/account/security/passkey/"))
	first.logIn("pat", latchkeytest.Password)
	first.typed("#name", "Laptop")
	first.clickThrough("[data-passkey-button]")
	first.says("Save these codes now")
	code := wait[string](first, "a recovery code", `document.querySelector(".codes li")?.innerText.trim()`)

	n.authenticator()
	n.logsIn("pat")
	n.marks("I do not have my passkey")
	n.click("[data-pressed]")
	n.clicks++
	n.verifies(code)
	n.presses("Security")
	n.presses("Add a passkey")
	n.typed("#name", "Phone")
	n.presses("Add a passkey")
	n.says("You can now log in with the passkey")
	n.says("Laptop")
	n.says("Phone")
}

// stopsTheAgent: of two agents, one got access yesterday.
func stopsTheAgent(n *newcomer) {
	n.w.AddUser("sam", false)
	_, _ = n.w.allowedAgent("Diary writer", "sam")
	agent, tokens := n.w.allowedAgent("Holiday planner", "sam")
	n.w.Advance(48 * time.Hour)
	status, tokens := n.w.refreshed(agent, tokens)
	if status != http.StatusOK {
		n.t.Fatalf("the agent gets %d", status)
	}
	n.w.Advance(24 * time.Hour)

	n.logsIn("sam")
	n.presses("Applications")
	n.says("Agents")
	n.says("24 hours ago")
	n.says("from 127.0.0.1")
	n.presses("Withdraw", "Holiday planner")
	n.says("Withdraw permission from Holiday planner")
	n.presses("Withdraw")
	n.says("Diary writer")
	if status, _ := n.w.refreshed(agent, tokens); status != http.StatusBadRequest {
		n.t.Errorf("afterwards, the agent gets %d", status)
	}
}

// allowedAgent returns an agent that a person has allowed, and its tokens.
func (w *town) allowedAgent(name, username string) (*oauth.Client, string) {
	w.t.Helper()
	agent, _ := w.AddClient("https://agent.example/callback", func(c *oauth.Client) { c.Name, c.Agent, c.Type = name, true, oauth.Public })
	b := w.Browser()
	question := b.LogIn(b.Open(w.Issuer+"/authorize/?"+request(agent.ID, "redirect_uri", agent.RedirectURIs[0], "scope", "read").Encode()), username)
	answer := b.Submit(question, url.Values{"allow": {"yes"}, "decision": {"authorize"}, "period": {string(protocol.PeriodMonth)}})
	if answer.RedirectURL == nil {
		w.t.Fatal(answer.Body)
	}
	code := answer.RedirectURL.Query()["code"]
	status, token := w.tokens(agent, url.Values{"grant_type": {oauth.GrantAuthorizationCode}, "code": code, "redirect_uri": agent.RedirectURIs, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}})
	if status != http.StatusOK {
		w.t.Fatalf("the agent gets %d", status)
	}
	return agent, token
}

// refreshed returns the status of the answer to a refresh, and the next refresh token.
func (w *town) refreshed(c *oauth.Client, token string) (int, string) {
	w.t.Helper()
	return w.tokens(c, url.Values{"grant_type": {oauth.GrantRefreshToken}, "refresh_token": {token}})
}

// tokens returns the status of the answer to a token request, and the refresh token.
func (w *town) tokens(c *oauth.Client, fields url.Values) (status int, token string) {
	w.t.Helper()
	fields.Set("client_id", c.ID)
	response, err := w.Browser().PostForm(w.Issuer+"/token/", fields)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, answer.RefreshToken
}

// logsOutTheLaptop: the thief has a browser in which the person is logged in.
func logsOutTheLaptop(n *newcomer) {
	n.w.AddUser("kim", false)
	thief := n.w.Browser()
	thief.Transport = sendingFrom{http.DefaultTransport, laptop, homeAddress}
	thief.LogIn(thief.Open(n.w.login("/o/account/")), "kim")
	inside := func() bool {
		return strings.Contains(thief.Open(n.w.Issuer+"/account/").Body, "Your account")
	}
	if !inside() {
		n.t.Fatal("the laptop is not logged in")
	}
	n.logsIn("kim")
	n.presses("Devices")
	n.says("lost or stolen")
	n.presses("Log out", "Firefox on Mac")
	n.says("Log out of Firefox on Mac?")
	n.presses("Log out", "Log out of Firefox on Mac?")
	n.says("The session has ended.")
	if inside() {
		n.t.Error("the laptop is still logged in")
	}
}

// returnsWithoutThePhone: the person has the password, and a recovery code on paper.
func returnsWithoutThePhone(n *newcomer) {
	_, codes := n.w.addTOTP("ada")
	n.logsIn("ada")
	n.presses("Lost your phone? Use a recovery code")
	n.verifies(codes[0])
	n.says("Ada")
	n.presses("Security")
	n.presses("Set up on another phone")
	n.says("other phone")
	secret := wait[string](n.browser, "the key for the app", `document.querySelector("#secret")?.innerText.trim()`)
	n.typed("#code", oneTimeCode(n.t, secret, n.w.Now()))
	n.presses("Turn on")
	n.says("The authenticator app is set up")
}
