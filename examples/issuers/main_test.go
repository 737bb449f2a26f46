package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestIssuersOfOneProgramAreSeparate, by path and by host name: their metadata, their
// tokens and their back office.
func TestIssuersOfOneProgramAreSeparate(t *testing.T) {
	all := newTenants(t.TempDir())
	send := func(method, address string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		all.ServeHTTP(w, r)
		return w
	}
	issuers := []string{"https://id.example/acme", "https://id.example/globex", "https://acme.example/o", "https://globex.example/o"}
	servers, tokens := make(map[string]*latchkey.Server), make(map[string]string)
	for _, issuer := range issuers {
		server, err := all.add(t.Context(), issuer)
		if err != nil {
			t.Fatal(err)
		}
		app := &oauth.Client{ID: "job", Name: "Job"} // the same client_id everywhere
		secret, err := server.CreateApplication(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		var response struct {
			AccessToken string `json:"access_token"`
		}
		w := send("POST", issuer+"/token/", url.Values{"grant_type": {"client_credentials"}, "client_id": {"job"}, "client_secret": {secret}})
		if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil || response.AccessToken == "" {
			t.Fatalf("%s: %d %s", issuer, w.Code, w.Body)
		}
		servers[issuer], tokens[issuer] = server, response.AccessToken
	}
	links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(send("GET", "https://id.example/", nil).Body.String(), -1)
	if len(links) != 6 {
		t.Errorf("the index has the links %v", links)
	}
	for _, link := range links {
		if w := send("GET", "https://id.example"+link[1], nil); w.Code != http.StatusOK && w.Code != http.StatusFound {
			t.Errorf("%s is %d", link[1], w.Code)
		}
	}
	if w := send("GET", "https://unknown.example/", nil); w.Code != http.StatusNotFound {
		t.Errorf("a host without issuers: %d", w.Code)
	}
	for _, issuer := range issuers {
		u, _ := url.Parse(issuer)
		for _, address := range []string{issuer + "/.well-known/openid-configuration", "https://" + u.Host + "/.well-known/oauth-authorization-server" + u.Path} {
			if w := send("GET", address, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"issuer":"`+issuer+`"`) {
				t.Errorf("%s: %d %s", address, w.Code, w.Body)
			}
		}
		for other, token := range tokens {
			if _, err := servers[issuer].Verifier().Verify(t.Context(), token); (err == nil) != (other == issuer) {
				t.Errorf("%s about a token of %s: %v", issuer, other, err)
			}
		}
		if w := send("GET", issuer+"/admin/", nil); !strings.HasPrefix(w.Header().Get("Location"), u.Path+"/login/") {
			t.Errorf("the back office of %s: %d %s", issuer, w.Code, w.Header().Get("Location"))
		}
	}
	if w := send("GET", "https://other.example/o/.well-known/openid-configuration", nil); w.Code != http.StatusNotFound {
		t.Errorf("a host without a tenant: %d", w.Code)
	}
}
