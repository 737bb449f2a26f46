package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestLogContainsNoSecret sends requests of every kind, and then looks for
// everything secret that was sent or received. Every request must have a line.
func TestLogContainsNoSecret(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	secrets := []string{
		h.client.Get("client_secret"), h.password, h.exchange.Get("code"), h.exchange.Get("code_verifier"), h.refresh.Get("refresh_token"), h.access,
		"state-of-the-client", "a wrong password",
	}
	site, err := url.Parse(h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range h.browser.Jar.Cookies(site) {
		secrets = append(secrets, cookie.Value)
	}
	visit(t, h.browser, h.issuer+"/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": h.client["client_id"], "state": {"state-of-the-client"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode())
	visit(t, h.browser, h.issuer+"/authorize?client_id=x&state=state-of-the-client&request=lk_rt_"+h.refresh.Get("refresh_token"))
	visit(t, h.browser, h.issuer+"/account/?token="+h.access)
	visit(t, h.browser, h.issuer+"/no/such/page?token="+h.access)
	if response, err := h.browser.PostForm(h.issuer+"/login/?next="+h.access, url.Values{"username": {"ada"}, "password": {"a wrong password"}}); err == nil {
		_ = response.Body.Close()
	}
	for _, request := range []url.Values{h.machine, h.exchange, h.exchange, h.refresh, {"grant_type": {"refresh_token"}, "refresh_token": {"lk_rt_wrong"}}} {
		_, answer := h.send("/token", request)
		for _, name := range []string{"access_token", "refresh_token"} {
			if text, ok := answer[name].(string); ok {
				secrets = append(secrets, text)
			}
		}
	}
	_, _, _ = post(h.issuer+"/token?client_secret="+h.client.Get("client_secret"), h.machine)
	_, _ = h.send("/introspect", url.Values{"token": {h.access}})
	_, _ = h.send("/revoke_token", url.Values{"token": {h.access}})
	// Errors quote the wrong value, which may be a secret in the wrong field.
	refresh := h.refresh.Get("refresh_token")
	for _, form := range []url.Values{
		{"grant_type": {refresh}},
		{"grant_type": {"client_credentials"}, "scope": {h.access}},
		{"grant_type": {"client_credentials"}, "client_id": {h.client.Get("client_secret")}, "client_secret": {h.client.Get("client_id")}},
		{"grant_type": {"client_credentials"}, "client_id": {h.password}},
	} {
		for name, values := range h.client {
			if !form.Has(name) {
				form[name] = values
			}
		}
		if status, answer, err := post(h.issuer+"/token", form); status < 400 || err != nil {
			t.Error(status, answer, err)
		}
	}
	_, _, _ = post(h.issuer+"/userinfo/"+h.access, nil)
	visit(t, h.browser, h.issuer+"/token")
	swapped, err := http.NewRequest("POST", h.issuer+"/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	swapped.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	swapped.SetBasicAuth(h.client.Get("client_secret"), h.client.Get("client_id"))
	if response, err := http.DefaultClient.Do(swapped); err != nil || response.StatusCode != 401 {
		t.Error(response, err)
	}
	text, err := os.ReadFile(h.server.log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(text), secret) || strings.Contains(string(text), url.QueryEscape(secret)) {
			t.Errorf("the log contains %.12s…", secret)
		}
	}
	lines := requestLines(t, string(text))
	for _, want := range []map[string]any{
		{"method": "POST", "route": "/o/login", "status": 303.0},
		{"method": "POST", "route": "/o/login", "status": 401.0},
		{"method": "GET", "route": "/o/authorize", "status": 302.0},
		{"method": "GET", "route": "/o/authorize", "status": 400.0},
		{"method": "POST", "route": "/o/token", "status": 200.0, "client_id": h.client.Get("client_id"), "remote": "127.0.0.1"},
		{"method": "POST", "route": "/o/token", "status": 400.0},
		{"method": "POST", "route": "/o/introspect", "status": 200.0},
		{"method": "POST", "route": "/o/revoke_token", "status": 200.0},
		{"method": "GET", "route": "/", "status": 404.0},
		{"method": "POST", "route": "/", "status": 404.0},
		{"method": "GET", "route": "/o/token", "status": 405.0},
	} {
		if !slices.ContainsFunc(lines, func(line map[string]any) bool {
			for name, value := range want {
				if line[name] != value {
					return false
				}
			}
			return true
		}) {
			t.Errorf("no line has %v", want)
		}
	}
	for _, line := range lines {
		id, failed := line["error_id"].(string)
		if refused := line["status"].(float64) >= 400 && line["route"] != "/o/login"; refused != failed || (failed && strings.Count(string(text), id) != 2) {
			t.Errorf("%v: the line, and the line with the reason, must have the same error_id", line)
		}
	}
}

// visit opens a page.
func visit(t *testing.T, browser *http.Client, address string) {
	t.Helper()
	response, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// requestLines returns the lines of a log that describe requests.
func requestLines(t *testing.T, log string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q is not JSON: %v", text, err)
		}
		if line["msg"] == "request" {
			lines = append(lines, line)
		}
	}
	return lines
}
