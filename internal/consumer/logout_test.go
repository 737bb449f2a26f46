package consumer_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var logoutLink = regexp.MustCompile(`id="logout-link" class="button primary" href="([^"]+)"`)

// TestLogoutIsConfirmedOnlyWithTheStateOfThisBrowser: OpenID Connect RP-Initiated
// Logout §2 and §3.
func TestLogoutIsConfirmedOnlyWithTheStateOfThisBrowser(t *testing.T) {
	s := newSite(t, fullMetadata)
	_, body := s.submit("/consumer/logout/", url.Values{"issuer": {s.provider + "/o"}, "client_id": {"app"}, "id_token": {"e.y.J"}})
	found := logoutLink.FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("there is no link: %s", body)
	}
	u, err := url.Parse(found[1])
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/o/end_session_endpoint" || q.Get("id_token_hint") != "e.y.J" || q.Get("client_id") != "app" ||
		q.Get("post_logout_redirect_uri") != s.consumer+"/consumer/logged-out/" || len(q.Get("state")) < 20 {
		t.Errorf("the link is %s", u)
	}
	back := "/consumer/logged-out/?state=" + q.Get("state")
	other := s
	jar, _ := cookiejar.New(nil)
	other.Client = &http.Client{Jar: jar}
	for name, status := range map[string]int{
		"another state":   first(s.get("/consumer/logged-out/?state=forged")),
		"no state":        first(s.get("/consumer/logged-out/")),
		"another browser": first(other.get(back)),
	} {
		if status != http.StatusBadRequest {
			t.Errorf("%s: got %d", name, status)
		}
	}
	if status, body := s.get(back); status != http.StatusOK || !strings.Contains(body, "You are logged out") {
		t.Errorf("got %d %s", status, body)
	}
	if status := first(s.get(back)); status != http.StatusBadRequest {
		t.Errorf("the same response again: %d", status)
	}
}

func first(status int, _ string) int { return status }

func TestLogoutWithoutAnEndpointIsExplained(t *testing.T) {
	s := newSite(t, validMetadata)
	for want, fields := range map[string]url.Values{
		"has no end_session_endpoint": {"issuer": {s.provider + "/o"}},
		"must begin with http":        {"logout_url": {"javascript:x"}},
	} {
		if status, body := s.submit("/consumer/logout/", fields); status != 422 || !strings.Contains(body, want) || logoutLink.MatchString(body) {
			t.Errorf("want %q, got %d %s", want, status, body)
		}
	}
}
