package consumer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestServerSendsTheRequestOfAPage to a provider without CORS, and returns its response.
func TestServerSendsTheRequestOfAPage(t *testing.T) {
	var got *http.Request
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
	})
	var answer struct {
		Status           int
		Text, Body, Type string
		Problem          string
	}
	form := url.Values{"url": {s.provider + "/token"}, "authorization": {"Basic YTpi"}, "body": {"grant_type=authorization_code&code=c0de"}}
	s.post(t, "/consumer/relay/", form, http.StatusOK, &answer)
	if answer.Status != 400 || answer.Text != "HTTP 400 Bad Request" || answer.Body != `{"error":"invalid_grant"}` || answer.Type != "application/json" {
		t.Errorf("got %+v", answer)
	}
	if user, password, _ := got.BasicAuth(); got.Method != http.MethodPost || got.PostForm.Get("code") != "c0de" || user != "a" || password != "b" || got.Header.Get("Cookie") != "" {
		t.Errorf("the provider got %v %v", got.Header, got.PostForm)
	}
	got = nil
	for _, address := range []string{"", "file:///etc/passwd", strings.Replace(s.provider, "//", "//user@", 1), "http://127.0.0.1:1/"} {
		form.Set("url", address)
		if s.post(t, "/consumer/relay/", form, http.StatusBadGateway, &answer); !strings.Contains(answer.Problem, "There is no response") || strings.Contains(answer.Problem, "c0de") {
			t.Errorf("%s: %q", address, answer.Problem)
		}
	}
	if got != nil {
		t.Error("a request was sent to a URL with a user name")
	}
}
