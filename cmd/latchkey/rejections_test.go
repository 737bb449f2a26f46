package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestRejectedRequestsSurviveARestartAndAFloodOfOthers: the back office shows why a
// request of an application was rejected, although clients that are not registered sent many others, and
// the process was replaced.
func TestRejectedRequestsSurviveARestartAndAFloodOfOthers(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	app := runJSON(t, data, "app", "add", "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code")
	user := runJSON(t, data, "user", "add", "ada", "--admin", "--generate")
	s := serve(t, data, "--addr", "localhost:0")
	get := func(browser *http.Client, address string) string {
		t.Helper()
		response, err := browser.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	reject := func(clientID, redirectURI string) string {
		return get(http.DefaultClient, s.issuer+"/authorize?"+url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI}}.Encode())
	}
	page := reject(app["client_id"].(string), "https://app.example/wrong")
	if !strings.Contains(page, "Error ID") {
		t.Fatal(page)
	}
	for i := range 1500 {
		reject(fmt.Sprint("stranger", i), "https://app.example/cb")
	}
	s.stop(t)
	s = serve(t, data, "--addr", "localhost:0")
	browser := logIn(t, s.issuer, user["password"].(string))
	office := strings.TrimSuffix(s.issuer, "/o") + "/admin/problems/"
	for _, query := range []string{"", "?application=" + app["client_id"].(string)} {
		if body := get(browser, office+query); !strings.Contains(body, "https://app.example/wrong") || strings.Contains(body, "strang") {
			t.Errorf("the list %q has not the request of the application, or others: %s", query, body)
		}
	}
	if body := get(browser, office+"?show=other"); !strings.Contains(body, "strang…") || strings.Contains(body, "https://app.example/wrong") {
		t.Errorf("the list of other requests: %s", body)
	}
}
