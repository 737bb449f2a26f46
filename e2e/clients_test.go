package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

const (
	redirectURI           = "https://client.example/cb"
	postLogoutRedirectURI = "https://client.example/bye"
)

// addClient registers a confidential client with the command line.
func (p *provider) addClient(flags ...string) (id, secret string) {
	p.t.Helper()
	answer := p.run("", append([]string{
		"app", "add", "--name", "Foreign client", "--redirect-uri", redirectURI, "--post-logout-redirect-uri", postLogoutRedirectURI,
		"--grant-type", "authorization_code", "--grant-type", "refresh_token", "--grant-type", "client_credentials",
	}, flags...)...)
	id, _ = answer["client_id"].(string)
	secret, _ = answer["client_secret"].(string)
	return id, secret
}

// TestNodeClientsCompleteEveryFlow runs published OpenID Connect clients through
// login, refresh, userinfo, introspection, revocation and logout.
func TestNodeClientsCompleteEveryFlow(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	for _, script := range []string{"openid-client.mjs", "oauth4webapi.mjs"} {
		for _, alg := range []string{"ES256", "RS256", "PS256", "EdDSA"} {
			t.Run(script+" "+alg, func(t *testing.T) {
				id, secret := p.addClient("--id-token-signed-response-alg", alg)
				runClient(t, p, script, map[string]any{
					"issuer": p.issuer, "client_id": id, "client_secret": secret, "alg": alg,
					"redirect_uri": redirectURI, "post_logout_redirect_uri": postLogoutRedirectURI,
					"username": personName, "email": personEmail,
				})
			})
		}
	}
}

// runClient runs a script in JavaScript or Python, and acts as the person where
// the script needs one.
func runClient(t *testing.T, p *provider, script string, config map[string]any) *person {
	t.Helper()
	interpreter := node
	if filepath.Ext(script) == ".py" {
		interpreter = python
	}
	cmd := exec.Command(interpreter(t), script)
	cmd.Dir = "clients"
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+p.ca, "REQUESTS_CA_BUNDLE="+p.ca, "SSL_CERT_FILE="+p.ca, "PYTHONDONTWRITEBYTECODE=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	who := newPerson(t, p)
	first, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = in.Write(append(first, '\n'))
	finished := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var asks struct {
			Visit, Connect string
			Done           bool
		}
		if err := json.Unmarshal(lines.Bytes(), &asks); err != nil {
			t.Log(lines.Text())
			continue
		}
		finished = asks.Done
		if asks.Visit != "" {
			_, _ = in.Write([]byte(who.visit(asks.Visit) + "\n"))
		}
		if asks.Connect != "" {
			who.connect(asks.Connect)
		}
	}
	if err := cmd.Wait(); err != nil || !finished {
		t.Fatalf("%s: %v\n%s", script, err, complaint.String())
	}
	return who
}

// TestOIDCClientTSLogsInFromABrowser runs a single-page application on another
// origin: a public client, all of whose requests are cross-origin.
func TestOIDCClientTSLogsInFromABrowser(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	var told atomic.Bool
	mux := singlePage(t)
	mux.HandleFunc("/front", func(_ http.ResponseWriter, r *http.Request) {
		told.Store(r.URL.Query().Get("iss") == p.issuer && r.URL.Query().Get("sid") != "")
	})
	// The host is that of the provider, and the origin differs. A browser that
	// blocks cookies in frames of other sites still sends them to the
	// check-session page.
	app := httptest.NewTLSServer(mux)
	t.Cleanup(app.Close)
	app.URL = strings.Replace(app.URL, "127.0.0.1", "localhost", 1)
	answer := p.run("", "app", "add", "--name", "Single page", "--type", "public",
		"--redirect-uri", app.URL+"/callback", "--post-logout-redirect-uri", app.URL+"/bye",
		"--grant-type", "authorization_code", "--grant-type", "refresh_token", "--frontchannel-logout-uri", app.URL+"/front")
	id, _ := answer["client_id"].(string)

	b := newBrowser(t, true)
	b.open(app.URL + "/?issuer=" + url.QueryEscape(p.issuer) + "&client=" + id)
	b.says("ready")
	b.clickThrough("#login")
	b.logIn(personName, personPassword)
	b.says("Single page")
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("logged in")
	b.says(personName)
	b.click("#refresh")
	b.says("refreshed")
	b.click("#session")
	b.says("session unchanged")
	b.clickThrough("#logout")
	b.says("logged out")
	if !told.Load() {
		t.Error("the application received no front-channel logout")
	}
	b.open(p.issuer + "/authorize/?client_id=" + id) // no session is left to name
	if text := b.text(); bytes.Contains([]byte(text), []byte(personName)) {
		t.Errorf("after the logout a page still names the person:\n%s", text)
	}
}

// singlePage serves the application and the library as it was published.
func singlePage(t *testing.T) *http.ServeMux {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(pattern, file string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join("clients", file)) })
	}
	serve("/", "browser.html")
	serve("/browser.js", "browser.js")
	serve("/oidc-client-ts.min.js", "../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js")
	return mux
}
