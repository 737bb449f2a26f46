package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxOfficeClicks is how many clicks a task of an administrator may take from the start page.
const maxOfficeClicks = 5

// TestNewAdministratorsCompleteTasksFromTheStartPage: without documentation and with few clicks. All
// tasks use one server, one browser and one login.
func TestNewAdministratorsCompleteTasksFromTheStartPage(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.AddUser("root", true)
	n := &newcomer{browser: newBrowser(t, true), w: w}
	n.open(w.URL + "/admin/")
	n.logIn("root", latchkeytest.Password)
	for _, task := range []struct {
		name string
		run  func(*newcomer)
	}{
		{"rotate a secret without downtime", rotatesASecret},
		{"cut off a stolen laptop", cutsOffTheLaptop},
		{"find who was made an administrator and by whom", findsTheNewAdministrator},
		{"see who gave what to an agent and withdraw it", withdrawsFromTheAgent},
		{"add a machine client and get a token with the shown curl", addsAMachine},
	} {
		t.Run(task.name, func(t *testing.T) {
			b := *n.browser
			b.t, w.t = t, t
			n := &newcomer{browser: &b, w: w}
			task.run(n)
			if n.clicks > maxOfficeClicks {
				t.Errorf("the task takes %d clicks, want at most %d", n.clicks, maxOfficeClicks)
			}
		})
	}
}

// begins opens the start page of the back office.
func (n *newcomer) begins() {
	n.t.Helper()
	n.open(n.w.URL + "/admin/")
	n.says("Back office")
}

// machineToken returns the status of a request for a token of a machine with a secret.
func (w *town) machineToken(c *oauth.Client, secret string) int {
	w.t.Helper()
	status, _ := w.tokens(c, url.Values{"grant_type": {oauth.GrantClientCredentials}, "client_secret": {secret}, "scope": {"read"}})
	return status
}

// rotatesASecret: the old secret stays valid beside the new one.
func rotatesASecret(n *newcomer) {
	app, before := n.w.AddClient("", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.RedirectURIs = "Ferry timetable", []string{oauth.GrantClientCredentials}, nil
	})
	n.begins()
	n.presses("Applications")
	n.presses("Ferry timetable")
	n.presses("Rotate secret")
	n.says("Copy the secret now")
	n.says("The earlier secret is valid until")
	for name, secret := range map[string]string{"old": before, "new": n.value("#client_secret")} {
		if status := n.w.machineToken(app, secret); status != http.StatusOK {
			n.t.Errorf("with the %s secret, the application gets %d", name, status)
		}
	}
}

// cutsOffTheLaptop: an administrator ends one session of a person, and not the other one.
func cutsOffTheLaptop(n *newcomer) {
	n.w.AddUser("kim", false)
	enter := func(agent string) func() bool {
		b := n.w.Browser()
		b.Transport = sendingFrom{http.DefaultTransport, agent, homeAddress}
		b.LogIn(b.Open(n.w.login("/o/account/")), "kim")
		return func() bool { return strings.Contains(b.Open(n.w.Issuer+"/account/").Body, "Your account") }
	}
	thief, own := enter(laptop), enter(phone)
	n.begins()
	n.presses("Sessions")
	n.ticks("Firefox on Mac")
	n.presses("End")
	n.presses("End sessions")
	if thief() || !own() {
		n.t.Errorf("the laptop is logged in: %t, and the phone: %t", thief(), own())
	}
}

// ticks selects the row of a list, or the choice, with a text.
func (n *newcomer) ticks(text string) {
	n.t.Helper()
	wait[bool](n.browser, text, fmt.Sprintf(`((text) => {
		const found = [...document.querySelectorAll("main tr:has(td.pick), main label.choice")].filter((e) => e.innerText.includes(text))
		if (found.length !== 1) return false
		found[0].querySelector("input").setAttribute("data-ticked", "")
		return true
	})(%q)`, text))
	n.clicks++
	n.click("[data-ticked]")
}

// hasRow waits for a row of a list with all texts.
func (n *newcomer) hasRow(texts ...string) {
	n.t.Helper()
	list, err := json.Marshal(texts)
	if err != nil {
		n.t.Fatal(err)
	}
	wait[bool](n.browser, fmt.Sprint(texts), `[...document.querySelectorAll("main tbody tr")].some((row) => `+string(list)+`.every((text) => row.innerText.includes(text)))`)
}

// findsTheNewAdministrator: one record of the audit log names both people.
func findsTheNewAdministrator(n *newcomer) {
	olga := n.w.AddUser("olga", false)
	boss := n.w.Browser()
	page := boss.LogIn(boss.Open(n.w.URL+"/admin/users/"+olga.ID+"/"), "root")
	boss.Submit(page, url.Values{"role": {"administrator"}})
	n.begins()
	n.presses("Audit log", "Latest changes")
	n.hasRow("root", "Made olga an administrator")
}

// withdrawsFromTheAgent: the list says who allowed what.
func withdrawsFromTheAgent(n *newcomer) {
	n.w.AddUser("sam", false)
	agent, token := n.w.allowedAgent("Holiday planner", "sam")
	n.begins()
	n.presses("Consents")
	n.hasRow("sam", "Holiday planner", "read")
	n.ticks("Holiday planner")
	n.presses("Withdraw")
	n.presses("Withdraw")
	if status, _ := n.w.refreshed(agent, token); status != http.StatusBadRequest {
		n.t.Errorf("afterwards, the agent gets %d", status)
	}
}

// addsAMachine: the command on the last page works as it is.
func addsAMachine(n *newcomer) {
	installed(n.t, "curl", "curl")
	n.begins()
	n.presses("Applications")
	n.presses("Add an application")
	n.ticks("Machine")
	n.presses("Continue")
	n.typed("#client_name", "Tide gauge")
	n.presses("Add application")
	n.says("Tide gauge is ready")
	command := wait[string](n.browser, "the command", `[...document.querySelectorAll("pre")].map((p) => p.textContent.trim()).find((text) => text.includes("curl "))`)
	out, err := exec.Command("sh", "-c", command).CombinedOutput() //nolint:gosec // the command of the page
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if start := strings.IndexByte(string(out), '{'); err != nil || start < 0 || json.Unmarshal(out[start:], &answer) != nil || answer.AccessToken == "" {
		n.t.Errorf("%s\n%v: %s", command, err, out)
	}
}
