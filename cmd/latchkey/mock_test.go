package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// newTestMock returns a running mock without a file.
func newTestMock(t *testing.T, log io.Writer) (m *mockServer, control func(method, path, body string) (int, map[string]any)) {
	t.Helper()
	var handler http.Handler
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(listener.Close)
	m, err := newMock(t.Context(), listener.URL+"/o", defaultMockData(), slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	handler = m.handler()
	return m, func(method, path, body string) (int, map[string]any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, listener.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.SetBasicAuth("app", "secret")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, nil
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		_ = json.Unmarshal(text, &answer)
		return response.StatusCode, answer
	}
}

func TestMockIsControlledByHTTP(t *testing.T) {
	m, control := newTestMock(t, io.Discard)
	status, answer := control("POST", "/mock/token", `{"username": "ada", "client_id": "app", "scope": "read"}`)
	if token, _ := answer["access_token"].(string); status != 200 || token == "" {
		t.Errorf("a token: %d %v", status, answer)
	}
	if status, answer := control("GET", "/mock/token", ""); status != 404 || !strings.Contains(fmt.Sprint(answer["error"]), "use POST /mock/token, ") {
		t.Errorf("a wrong method: %d %v", status, answer)
	}
	metadata := "/o/.well-known/openid-configuration"
	if status, answer := control("POST", "/mock/faults", `{"path": "openid-configuration", "times": 1, "status": 503}`); status != 200 {
		t.Errorf("a fault: %d %v", status, answer)
	}
	if status, _ := control("GET", metadata, ""); status != 503 {
		t.Errorf("with a fault: %d", status)
	}
	if status, _ := control("GET", metadata, ""); status != 200 {
		t.Errorf("after the fault: %d", status)
	}
	control("POST", "/mock/faults", `{"lose_response": true}`)
	if status, _ := control("GET", metadata, ""); status != 0 {
		t.Errorf("the response was not lost: %d", status)
	}
	control("POST", "/mock/faults", `{"path": "tokn", "status": 503}`)
	if status, answer := control("DELETE", "/mock/faults", ""); status != 200 || fmt.Sprint(answer["unused"]) != "[tokn]" {
		t.Errorf("faults that no request matched: %d %v", status, answer)
	}
	if status, _ := control("GET", metadata, ""); status != 200 {
		t.Errorf("without faults: %d", status)
	}
	before := m.clock.Now()
	if status, answer := control("POST", "/mock/clock", `{"advance": "2h", "skew": "-10m"}`); status != 200 || m.clock.Now().Sub(before) < 2*time.Hour || m.clock.Now().Sub(m.clock.Provider()) < 9*time.Minute {
		t.Errorf("the clock: %d %v", status, answer)
	}
	if status, _ := control("DELETE", "/mock/clock", ""); status != 200 || m.clock.Now().Sub(before) > time.Hour || m.clock.Provider().Sub(m.clock.Now()).Abs() > time.Minute {
		t.Errorf("the clock was not reset: %d", status)
	}
	ids := func() (found []string) { // an old key can be removed at the same moment
		_, set := control("GET", "/o/.well-known/jwks.json", "")
		keys, _ := set["keys"].([]any)
		for _, key := range keys {
			id, _ := key.(map[string]any)["kid"].(string)
			found = append(found, id)
		}
		return found
	}
	keys := ids()
	if status, answer := control("POST", "/mock/keys", "{}"); status != 200 {
		t.Errorf("the keys: %d %v", status, answer)
	}
	after := ids()
	if !slices.ContainsFunc(after, func(id string) bool { return !slices.Contains(keys, id) }) {
		t.Errorf("no key was added: %v, before: %v", after, keys)
	}
}

func TestMockNamesWhatIsWrongWithARequest(t *testing.T) {
	_, control := newTestMock(t, io.Discard)
	for _, c := range []struct{ path, body, want string }{
		{"token", `{"user": "ada"}`, `unknown member "user"`},
		{"token", `{"username": "eve", "client_id": "app"}`, "username: there is no such user"},
		{"token", `{}`, `client_id is missing, such as {"client_id": "app"`},
		{"faults", `{"path": "token"}`, "the fault has no effect"},
		{"faults", `{"status": 503, "times": -1}`, "times: use a positive number"},
		{"faults", `{"times": "one"}`, "times: the value must not be a JSON string"},
		{"faults", `{"status": 200}`, "status: use an error status"},
		{"faults", `{"delay": 3}`, "delay: the value must be a duration"},
		{"clock", `{"advance": "-1h"}`, "advance: the clock cannot move backward. Use skew, or DELETE"},
		{"clock", `{"advance": "999999h"}`, "of at most ten years"},
		{"keys", ``, "this is not a JSON object"},
	} {
		status, answer := control("POST", "/mock/"+c.path, c.body)
		if text, _ := answer["error"].(string); status != 400 || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: got %d %v", c.path, c.body, status, answer)
		}
	}
}

// TestMockControlsRejectFormsOfOtherSites: a page on the developer's machine can send
// a form to localhost, but no JSON.
func TestMockControlsRejectFormsOfOtherSites(t *testing.T) {
	m, _ := newTestMock(t, io.Discard)
	r := httptest.NewRequest("POST", "http://localhost/mock/clock", strings.NewReader(`{"advance": "1h"}`))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "application/json") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestMockControlsRejectForeignHosts: the name of another website can resolve to this
// machine (DNS rebinding), so that its pages can send JSON.
func TestMockControlsRejectForeignHosts(t *testing.T) {
	m, _ := newTestMock(t, io.Discard)
	m.issuer = "http://mock.example:9400"
	for host, want := range map[string]int{
		"localhost:9400": 200, "127.0.0.1": 200, "[::1]:9400": 200, "MOCK.example:9400": 200,
		"evil.example": 400, "127.0.0.1.evil.example:9400": 400, "localhost.evil.example": 400, "": 400,
	} {
		before := m.clock.Now()
		r := httptest.NewRequest("POST", "/mock/clock", strings.NewReader(`{"advance": "1h"}`))
		r.Host = host
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		m.handler().ServeHTTP(w, r)
		if moved := m.clock.Now().Sub(before) > time.Minute; w.Code != want || moved != (want == 200) {
			t.Errorf("%q: got %d %s, the clock moved: %t", host, w.Code, w.Body, moved)
		}
	}
}

func TestMockListensOnLoopbackAddressesOnly(t *testing.T) {
	for addr, want := range map[string]bool{"localhost:9400": true, "127.0.0.1:0": true, "[::1]:0": true, "0.0.0.0:0": false, ":9400": false, "192.0.2.1:9400": false, "example.com:9400": false} {
		if err := checkMockAddress(addr, false); (err == nil) != want {
			t.Errorf("%s: got error %v", addr, err)
		}
	}
}

// TestMockLogsTheReasonOfARejectedRequest: the error of the client says that the log has it.
func TestMockLogsTheReasonOfARejectedRequest(t *testing.T) {
	var log bytes.Buffer
	m, _ := newTestMock(t, &log)
	r := httptest.NewRequest("POST", m.issuer+"/token", strings.NewReader("grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("app", "open-sesame")
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, r)
	if text := log.String(); w.Code != 401 || !strings.Contains(text, "request rejected") || !strings.Contains(text, "code=invalid_client") || !strings.Contains(text, "client_id=app") || strings.Contains(text, "sesame") {
		t.Errorf("got %d %s, and the log\n%s", w.Code, w.Body, text)
	}
}

// TestMockFileWithResources: a client that sends resource (RFC 8707) needs them.
func TestMockFileWithResources(t *testing.T) {
	for text, want := range map[string]string{
		`{"resources": [{"uri": "https://mcp.example.com/", "scopes": ["tools"], "token_format": "jwt", "access_token_ttl": "5m"}], "scopes": [{"name": "tools"}]}`: "",
		`{"resources": [{"url": "https://mcp.example.com/"}]}`: `mock.json: resources[0]: unknown member "url" (did you mean uri?)`,
		`{"resources": [{"uri": "not a URI"}]}`:                "mock.json: latchkey: Resources: ",
		"{\n\"users\": [\n{\"username\" \"ada\"}]}":            "mock.json: line 3: ",
		`{"users": [`: "mock.json: the JSON has no end",
		`{"users": [{"username": "ada", "sub": "42"}]}`:                                 "mock.json: users[0]: sub: the value must be a UUID",
		`{"clients": [{"client_id": "a", "redirect_uris": ["http://app.example/cb"]}]}`: "mock.json: clients[0]: redirect_uris",
		`{"clients": [{"client_id": "a", "scope": "raed"}]}`:                            "mock.json: clients[0]: scope: The scope 'raed' is unknown (did you mean read?). Use a scope that exists, or add this one first.",
	} {
		t.Chdir(t.TempDir())
		write(t, "mock.json", text)
		data, err := readMockFile("mock.json")
		if err == nil {
			_, err = newMock(t.Context(), "http://localhost:9400/o", data, slog.New(slog.DiscardHandler))
		}
		if got := fmt.Sprint(err); (want == "") != (err == nil) || !strings.Contains(got, want) && want != "" {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestMockUsersHaveTheSameSubjectAtEachStart: programs store it. A file can set it.
func TestMockUsersHaveTheSameSubjectAtEachStart(t *testing.T) {
	t.Chdir(t.TempDir())
	const set = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
	write(t, "mock.json", `{"users": [{"username": "ada"}, {"username": "bob", "sub": "`+set+`"}]}`)
	data, err := readMockFile("mock.json")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m, err := newMock(t.Context(), "http://localhost:9400/o", data, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for username, want := range map[string]string{"ada": "5888dd79-a400-5620-89e9-680337f5be32", "bob": set} {
			if u, err := m.store.UserByName(t.Context(), username); err != nil || u.ID != want {
				t.Errorf("%s: %+v %v, want %s", username, u, err, want)
			}
		}
	}
}

// TestMockIssuesTokensForResources: the scope of a resource needs the resource.
func TestMockIssuesTokensForResources(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "mock.json", `{"users": [{"username": "ada"}], "clients": [{"client_id": "shop", "redirect_uris": ["https://shop.example/cb"]}], "scopes": [{"name": "orders"}], "resources": [{"uri": "https://mcp.example.com/", "scopes": ["orders"]}]}`)
	data, err := readMockFile("mock.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMock(t.Context(), "http://localhost:9400/o", data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for resource, want := range map[string]int{`, "resource": "https://mcp.example.com/"`: 200, "": 400, `, "resource": "https://other.example/"`: 400} {
		r := httptest.NewRequest("POST", "http://localhost:9400/mock/token", strings.NewReader(`{"username": "ada", "client_id": "shop", "scope": "orders"`+resource+`}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		m.handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d %s", resource, w.Code, w.Body)
		}
	}
}

// TestMockRejectsFlagsWithoutEffect: a mock reads no settings.
func TestMockRejectsFlagsWithoutEffect(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop() // a mock that started would end at once
	for _, flag := range []string{"--config", "--data", "--db"} {
		var errs bytes.Buffer
		if status := execute(stopped, []string{"mock", flag, "x"}, streams{out: io.Discard, err: &errs}); status != exitUsage || !strings.Contains(errs.String(), flag+" has no effect on a mock") {
			t.Errorf("%s: got %d %s", flag, status, errs.String())
		}
	}
}
