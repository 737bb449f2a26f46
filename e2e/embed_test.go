package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgramWithItsOwnUsers: the program examples/embed has a login page of its own,
// and its main has 15 lines. Its people take the steps of the first tutorial.
func TestProgramWithItsOwnUsers(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "embed")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", program, "./examples/embed")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := fmt.Sprintf("localhost:%d", freePort(t))
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "ADDRESS="+address)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Open ") { //nolint:revive // until it starts
	}
	site, s := "http://"+address, startSite(t)
	s.page("/cb", "The callback.")
	s.page("/bye", "Goodbye.")
	b := newBrowser(t, true)

	// The back office, as an administrator of the program.
	b.open(site + "/admin/applications/add/")
	b.embedLogIn("ada")
	b.see("[value=web]")
	b.clickThrough("main button.primary")
	b.see("#client_name")
	id, secret := b.value("#client_id"), b.value("#client_secret")
	b.typed("#client_name", "Reader")
	b.typed("#redirect_uris", s.at("app", "/cb"))
	b.clickThrough("button[name=save]")
	b.says("Reader is ready")
	b.open(site + "/admin/")
	b.hides("Sessions")
	b.clickThrough(".me form button") // log out
	b.open(site + "/admin/")

	// An application, as another person.
	b.embedLogIn("bob")
	b.says("You do not have permission for this")
	q := request(id, "redirect_uri", s.at("app", "/cb"), "scope", "openid read") // openid binds the tokens to the login session
	b.open(site + "/o/authorize/?" + q.Encode())
	b.says("Reader")
	b.click("input[name=allow]")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	credentials := url.Values{"client_id": {id}, "client_secret": {secret}}
	first := postToken(t, site, credentials, url.Values{
		"grant_type": {"authorization_code"}, "code": {s.waitFor(s.at("app", "/cb")).form.Get("code")}, "redirect_uri": {s.at("app", "/cb")},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
	})
	tokens := postToken(t, site, credentials, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}})
	if tokens.Access == "" || tokens.Access == first.Access {
		t.Errorf("the refresh was answered with %+v", tokens)
	}
	api, err := http.NewRequest(http.MethodGet, site+"/api/notes", nil)
	if err != nil {
		t.Fatal(err)
	}
	api.Header.Set("Authorization", "Bearer "+tokens.Access)
	response, err := http.DefaultClient.Do(api)
	if err != nil {
		t.Fatal(err)
	}
	notes, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(notes) != "notes of user-bob\n" {
		t.Errorf("the API answered %s %s", response.Status, notes)
	}

	// The page of connected applications, and the logout.
	b.open(site + "/o/authorized_tokens/")
	b.says("Connected applications")
	b.says("Reader")
	b.clickThrough(".me form button")
	b.says("You are logged out")
	b.open(site + "/o/account/")
	b.see("input[name=name]")
	after := postToken(t, site, credentials, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}})
	if after.Error != "invalid_grant" {
		t.Errorf("after the logout, the refresh was answered with %+v", after)
	}
}

// tokenAnswer is a response of the token endpoint.
type tokenAnswer struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

// postToken sends a request to the token endpoint.
func postToken(t *testing.T, site string, credentials, fields url.Values) (answer tokenAnswer) {
	t.Helper()
	maps.Copy(fields, credentials)
	response, err := http.PostForm(site+"/o/token/", fields)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(response.Status, err)
	}
	return answer
}

// embedLogIn logs in on the page of the program.
func (b *browser) embedLogIn(name string) {
	b.t.Helper()
	b.see("input[name=name]")
	b.typed("input[name=name]", name)
	b.clickThrough("button")
}
