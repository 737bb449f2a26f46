package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// slack is how much longer than documented a response may take on a busy machine.
const slack = 8 * time.Second

// TestEveryEndpointAnswersInTimeWhileTheDatabaseHangs sends several requests to each
// endpoint at the same time, more than there are connections to the database. All
// that need the database return 503 with Retry-After after the documented time.
func TestEveryEndpointAnswersInTimeWhileTheDatabaseHangs(t *testing.T) {
	t.Parallel()
	postgres, db := startPostgres(t)
	s := serve(t, t.TempDir(), "--addr", "localhost:0", "--db", db, "--migrate")
	t.Cleanup(postgres.Resume)
	app := runJSON(t, t.TempDir(), "app", "add", "--db", db, "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--scope", "openid read")
	user := runJSON(t, t.TempDir(), "user", "add", "ada", "--db", db, "--admin", "--generate")
	client := url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	browser := logIn(t, s.issuer, user["password"].(string))
	with := func(pairs ...string) url.Values {
		form := url.Values{}
		for name, values := range client {
			form[name] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	status, issued, err := post(s.issuer+"/token", with("grant_type", "client_credentials"))
	if err != nil || status != 200 {
		t.Fatal(status, issued, err)
	}
	token := issued["access_token"].(string)
	office := strings.TrimSuffix(s.issuer, "/o") + "/admin/"
	requests := map[string]func() (*http.Response, error){}
	for name, form := range map[string]url.Values{
		"token": with("grant_type", "client_credentials"), "introspect": with("token", token), "revoke_token": with("token", token),
	} {
		requests[name] = func() (*http.Response, error) { return browser.PostForm(s.issuer+"/"+name, form) }
	}
	requests["login"] = func() (*http.Response, error) {
		return http.PostForm(s.issuer+"/login/", url.Values{"username": {"ada"}, "password": {user["password"].(string)}})
	}
	requests["userinfo"] = func() (*http.Response, error) {
		r, err := http.NewRequest(http.MethodGet, s.issuer+"/userinfo", nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		return browser.Do(r)
	}
	for name, address := range map[string]string{
		"authorize": s.issuer + "/authorize?" + url.Values{"response_type": {"code"}, "client_id": client["client_id"], "code_challenge": {challenge}, "code_challenge_method": {"S256"}}.Encode(),
		"account":   s.issuer + "/account/", "back office": office, "applications": office + "applications/", "users": office + "users/",
		"key set": s.issuer + "/.well-known/jwks.json", "metadata": s.issuer + "/.well-known/openid-configuration", "health": strings.TrimSuffix(s.issuer, "/o") + "/healthz",
	} {
		requests[name] = func() (*http.Response, error) { return browser.Get(address) }
	}
	withoutDatabase := map[string]bool{"key set": true, "metadata": true, "health": true}

	postgres.Hang()
	var calls sync.WaitGroup
	for name, request := range requests {
		for range 4 {
			calls.Go(func() {
				begun := time.Now()
				response, err := request()
				took := time.Since(begun)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				t.Logf("%s: %s after %s", name, response.Status, took)
				switch {
				case withoutDatabase[name] && response.StatusCode != 200:
					t.Errorf("%s: %s", name, response.Status)
				case !withoutDatabase[name] && (response.StatusCode != 503 || response.Header.Get("Retry-After") == ""):
					t.Errorf("%s: %s, Retry-After %q", name, response.Status, response.Header.Get("Retry-After"))
				case took > oauth.MaxStoreWait+slack, withoutDatabase[name] && took > slack:
					t.Errorf("%s: the response came after %s", name, took)
				}
			})
		}
	}
	calls.Wait()
}
