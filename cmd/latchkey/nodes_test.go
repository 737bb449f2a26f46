package main

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// nodes are several servers on one PostgreSQL, behind a proxy that sends each
// request to the next server.
type nodes struct {
	postgres *pgtest.Server
	db       string // URL of the database for the tests
	reached  string // URL of the database for the nodes
	proxy    *httptest.Server
	servers  []*server

	t         *testing.T // stops the servers at its end
	masterKey string
	args      []string // further arguments of each server
}

// startNodes starts a PostgreSQL and n nodes on it. reach, if given, returns the URL
// of the database for the nodes.
func startNodes(t *testing.T, n int, reach func(*nodes) string, args ...string) *nodes {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	c := &nodes{t: t, masterKey: base64.StdEncoding.EncodeToString(key), args: args}
	c.postgres, c.db = startPostgres(t)
	c.reached = c.db
	if reach != nil {
		c.reached = reach(c)
	}
	var (
		backends []*httputil.ReverseProxy
		next     atomic.Int64
	)
	c.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		backends[int(next.Add(1))%len(backends)].ServeHTTP(w, r)
	}))
	t.Cleanup(c.proxy.Close)
	for range n {
		s := c.start(fixedAddress(t))
		at, err := url.Parse(s.listens)
		if err != nil {
			t.Fatal(err)
		}
		c.servers = append(c.servers, s)
		backends = append(backends, &httputil.ReverseProxy{
			Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(at) },
			ErrorLog: log.New(io.Discard, "", 0), // nodes are killed here
		})
	}
	return c
}

// start starts a node, which runs until the end of the test that called startNodes.
func (c *nodes) start(address string) *server {
	c.t.Helper()
	data := c.t.TempDir()
	write(c.t, filepath.Join(data, "master.key"), c.masterKey)
	return serve(c.t, data, append([]string{"--addr", address, "--db", c.reached, "--migrate", "--issuer", c.proxy.URL + "/o"}, c.args...)...)
}

// addAda adds the user ada, and returns her password.
func (c *nodes) addAda(t *testing.T) string {
	t.Helper()
	return runJSON(t, t.TempDir(), "user", "add", "ada", "--generate", "--db", c.reached)["password"].(string)
}

// TestThreeNodesAreOneServer sends each request of a flow to another node: there are
// no sticky sessions, one key set, and a change by one node applies to all.
func TestThreeNodesAreOneServer(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 3, nil)
	data := t.TempDir()
	app := runJSON(t, data, "app", "add", "--db", c.db, "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization", "--token-format", "jwt")
	user := runJSON(t, data, "user", "add", "ada", "--generate", "--db", c.db)
	client := url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	issuer := c.proxy.URL + "/o"
	send := func(path string, more url.Values) (int, map[string]any) {
		t.Helper()
		for name, values := range client {
			more[name] = values
		}
		status, answer, err := post(issuer+path, more)
		if err != nil {
			t.Fatal(err)
		}
		return status, answer
	}
	browser := logIn(t, issuer, user["password"].(string))
	var last map[string]any
	for range 6 { // so that each node serves each step
		exchange := url.Values{"grant_type": {"authorization_code"}, "code": {code(browser, issuer, client)}, "code_verifier": {verifier}}
		status, tokens := send("/token", exchange)
		if status != 200 {
			t.Fatalf("the exchange: %d %v", status, tokens)
		}
		refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
		_, first := send("/token", refresh)
		status, second := send("/token", refresh)
		if status != 200 || first["access_token"] != second["access_token"] || first["refresh_token"] != second["refresh_token"] {
			t.Fatalf("the same refresh token on two nodes: %v, %v", first, second)
		}
		if _, found := send("/introspect", url.Values{"token": {second["access_token"].(string)}}); found["active"] != true {
			t.Fatalf("introspection: %v", found)
		}
		last = second
	}
	if status, _ := send("/revoke_token", url.Values{"token": {last["refresh_token"].(string)}}); status != 200 {
		t.Fatal(status)
	}
	for range 3 {
		if _, found := send("/introspect", url.Values{"token": {last["access_token"].(string)}}); found["active"] == true {
			t.Error("a revoked token is active on a node")
		}
	}

	t.Log("OpenID Connect: each step on another node. After the logout, no node has the session")
	authorize := func() url.Values {
		t.Helper()
		response, err := browser.Get(issuer + "/authorize?" + url.Values{
			"response_type": {"code"}, "client_id": client["client_id"], "scope": {"openid"}, "nonce": {"n"}, "prompt": {"none"},
			"code_challenge": {challenge}, "code_challenge_method": {"S256"},
		}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		location, err := response.Location()
		if err != nil {
			t.Fatal(err)
		}
		return location.Query()
	}
	_, tokens := send("/token", url.Values{"grant_type": {"authorization_code"}, "code": {authorize().Get("code")}, "code_verifier": {verifier}})
	for range 3 {
		if status, claims, err := post(issuer+"/userinfo", url.Values{"access_token": {tokens["access_token"].(string)}}); err != nil || status != 200 || claims["sub"] == "" {
			t.Errorf("userinfo: %d %v %v", status, claims, err)
		}
	}
	response, err := browser.Get(issuer + "/logout?" + url.Values{"id_token_hint": {tokens["id_token"].(string)}}.Encode())
	if err != nil || response.StatusCode >= 400 {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	for range 3 {
		if got := authorize().Get("error"); got != "login_required" {
			t.Errorf("after the logout, a node answers %q", got)
		}
	}

	runJSON(t, data, "app", "disable", app["client_id"].(string), "--db", c.db)
	deadline := giveUp(t)
	for refused := 0; refused < 3; {
		if status, _ := send("/token", url.Values{"grant_type": {"client_credentials"}}); status == 401 {
			refused++
		} else if refused = 0; time.Now().After(deadline) {
			t.Fatal("a node issues tokens for a disabled application")
		}
	}
}

// TestNodesRecoverWhenTheirDatabaseReturns: while the database is unavailable,
// clients get 503 with Retry-After. A node that cannot notice that an application
// was disabled signs nothing for it, although signing needs no database. The
// public keys are still served.
func TestNodesRecoverWhenTheirDatabaseReturns(t *testing.T) {
	t.Parallel()
	c := startNodes(t, 2, nil)
	requester := func(format string) func() (int, string) {
		app := runJSON(t, t.TempDir(), "app", "add", "--db", c.db, "--name", format, "--grant", "client_credentials", "--token-format", format)
		request := url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
		return func() (int, string) {
			t.Helper()
			response, err := http.PostForm(c.proxy.URL+"/o/token", request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			return response.StatusCode, response.Header.Get("Retry-After")
		}
	}
	ask, askSigned := requester("opaque"), requester("jwt")
	for range 2 { // both nodes cache both applications
		for _, ask := range []func() (int, string){ask, askSigned} {
			if status, _ := ask(); status != 200 {
				t.Fatal(status)
			}
		}
	}
	c.postgres.Kill()
	for range 2 {
		if status, retry := ask(); status != 503 || retry == "" {
			t.Errorf("without a database: %d, Retry-After %q", status, retry)
		}
	}
	deadline := giveUp(t)
	for refused := 0; refused < 2; {
		if status, _ := askSigned(); status == 503 {
			refused++
		} else if refused = 0; time.Now().After(deadline) {
			t.Fatalf("a node signs although it cannot notice changes: %d", status)
		}
	}
	for range 2 {
		response, err := http.Get(c.proxy.URL + "/o/.well-known/jwks.json")
		if err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
	}
	if err := c.postgres.Restart(); err != nil {
		t.Fatal(err)
	}
	deadline = giveUp(t)
	for good := 0; good < 4; {
		if status, _ := ask(); status == 200 {
			good++
		} else if good = 0; time.Now().After(deadline) {
			t.Fatalf("after the database has returned: status %d", status)
		}
	}
}
