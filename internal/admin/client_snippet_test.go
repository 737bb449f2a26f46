package admin_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// addKind adds an application of a kind with the form of the back office, and returns the
// page that follows, and its client secret.
func (o office) addKind(kind string, fields url.Values) (ready latchkeytest.Page, secret string) {
	o.t.Helper()
	page := o.open("applications/add/?kind=" + kind)
	form := controls(page.Body)
	for name, values := range fields {
		form[name] = values
	}
	form.Set("save", "1")
	ready = o.Submit(page, form)
	if ready.StatusCode != http.StatusOK || !strings.Contains(ready.Body, "is ready") {
		o.t.Fatalf("%s: %s %s", kind, ready.Status, ready.Body)
	}
	if found := regexp.MustCompile(`id="client_secret" value="([^"]+)"`).FindStringSubmatch(ready.Body); found != nil {
		secret = found[1]
	}
	return ready, secret
}

// snippetsOf returns the examples of a page by their file names.
func snippetsOf(page string) map[string]string {
	all := make(map[string]string)
	for _, found := range regexp.MustCompile(`(?s)<code id="file-\d+">(.*?)</code>.*?<pre [^>]*>(.*?)</pre>`).FindAllStringSubmatch(page, -1) {
		all[html.UnescapeString(found[1])] = html.UnescapeString(found[2])
	}
	return all
}

// shell runs a snippet as if it was pasted into a terminal.
func shell(t *testing.T, snippet, input string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", snippet)
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, snippet)
	}
	return string(out)
}

// program compiles a snippet in Go, with the libraries in the versions of this module.
func program(t *testing.T, snippet string) *exec.Cmd {
	t.Helper()
	folder := t.TempDir()
	file, binary := filepath.Join(folder, "main.go"), filepath.Join(folder, "program")
	if err := os.WriteFile(file, []byte(snippet), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s", "-o", binary, file)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, snippet)
	}
	return exec.CommandContext(t.Context(), binary)
}

// serve starts a program that listens at an address.
func serve(t *testing.T, cmd *exec.Cmd, address string) {
	t.Helper()
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-exited })
	for {
		response, err := http.Get("http://" + address + "/")
		if err == nil {
			_ = response.Body.Close()
			return
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("the program ended: %v", err)
		default:
		}
	}
}

// accessToken returns the access token of a token response.
func accessToken(t *testing.T, response string) string {
	t.Helper()
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(response), &tokens); err != nil || tokens.Access == "" {
		t.Fatalf("the token endpoint answered %q: %v", response, err)
	}
	return tokens.Access
}

// A newcomer adds a machine and an API, and pastes what the pages show.
func TestExamplesForMachinesAndAPIsWorkWhenPasted(t *testing.T) {
	o := enter(t)
	machine, secret := o.addKind("machine", url.Values{"client_name": {"Nightly report"}})
	snippets := snippetsOf(machine.Body)
	fromCurl := accessToken(t, shell(t, snippets["token.sh"], ""))
	cmd := program(t, snippets["main.go"])
	cmd.Env = append(os.Environ(), "CLIENT_SECRET="+secret)
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "lk_at_") {
		t.Fatalf("the program printed %q: %v", out, err)
	}
	api, secret := o.addKind("api", url.Values{"client_name": {"Reports"}})
	snippets = snippetsOf(api.Body)
	for _, token := range []string{fromCurl, strings.TrimSpace(string(out))} {
		if answer := shell(t, snippets["introspect.sh"], token+"\n"); !strings.Contains(answer, `"active":true`) || !strings.Contains(answer, `"scope":"read write"`) {
			t.Errorf("the introspection of %.8s… answers %s", token, answer)
		}
	}
	address := fmt.Sprint("localhost:", needs.Port(t))
	guarded := strings.Replace(snippets["main.go"], "localhost:8080", address, 1)
	cmd = program(t, guarded)
	cmd.Env = append(os.Environ(), "CLIENT_SECRET="+secret)
	serve(t, cmd, address)
	for token, want := range map[string]int{fromCurl: http.StatusOK, "": http.StatusUnauthorized} {
		request, _ := http.NewRequest(http.MethodGet, "http://"+address+"/hello", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if body := read(t, response); response.StatusCode != want {
			t.Errorf("the API answers %s %s, want %d", response.Status, body, want)
		}
	}
}

// The page of an application has the same examples, without the secret.
func TestExamplesOnThePageOfAnApplicationHaveAPlaceholder(t *testing.T) {
	o := enter(t)
	ready, secret := o.addKind("machine", url.Values{"client_name": {"Nightly report"}})
	id := submatch(t, ready.Body, `id="client_id" value="([^"]+)"`)
	page := o.open("applications/" + id + "/")
	curl := snippetsOf(page.Body)["token.sh"]
	if !strings.HasPrefix(curl, "CLIENT_SECRET='…'\n") || strings.Contains(page.Body, secret) {
		t.Errorf("the page shows %s", curl)
	}
	if accessToken(t, shell(t, strings.Replace(curl, "…", secret, 1), "")) == "" {
		t.Error("the example does not work with the secret")
	}
}

// The program logs a person in, for an application with a secret and for one without.
func TestExampleInGoLogsAPersonIn(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	for _, kind := range []string{"web", "native"} {
		address := fmt.Sprint("localhost:", needs.Port(t))
		ready, secret := o.addKind(kind, url.Values{"client_name": {"Shop"}, "redirect_uris": {"http://" + address + "/callback"}})
		cmd := program(t, snippetsOf(ready.Body)["main.go"])
		cmd.Env = append(os.Environ(), "CLIENT_SECRET="+secret)
		serve(t, cmd, address)
		b := o.Provider.Browser()
		b.CheckRedirect = nil
		page := b.LogIn(b.Open("http://"+address+"/login"), "ada")
		page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		if !strings.Contains(page.Body, "Hello, "+ada.ID) {
			t.Errorf("%s: the program answers %s %s at %s", kind, page.Status, page.Body, page.Request.URL)
		}
	}
}

// A device has no browser: the person opens the address that the command prints.
func TestExampleForDevicesGetsAToken(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	ready, _ := o.addKind("device", url.Values{"client_name": {"Television"}})
	cmd := exec.CommandContext(t.Context(), "bash", "-c", snippetsOf(ready.Body)["device.sh"])
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var address string
	if _, err := fmt.Fscanln(output, &address); err != nil {
		t.Fatal(err)
	}
	b := o.Provider.Browser()
	page := b.LogIn(b.Open(address), "ada")
	for range 3 {
		if strings.Contains(page.Body, `name="user_code"`) && !strings.Contains(page.Body, `name="allow"`) {
			page = b.Submit(page, nil)
		}
	}
	page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	_, _ = io.WriteString(input, "\n")
	_ = input.Close()
	text, err := io.ReadAll(output)
	if err != nil {
		t.Fatal(err)
	}
	_, answer, _ := strings.Cut(string(text), "press Enter. ")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v after %s", err, page.Body)
	}
	accessToken(t, answer)
}
