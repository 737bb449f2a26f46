package consumer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestResponseOfASilentRenewalIsShownOnlyInAFrameOfTheConsumer: OpenID Connect Core
// §3.1.2.1, RFC 9700 §4.16.
func TestResponseOfASilentRenewalIsShownOnlyInAFrameOfTheConsumer(t *testing.T) {
	s := newSite(t, fullMetadata)
	start := func() url.Values {
		t.Helper()
		var started struct{ Link, State string }
		s.post(t, "/consumer/renew/", url.Values{"client_id": {"app"}, "issuer": {s.provider + "/o"}, "scope": {"openid"}}, http.StatusOK, &started)
		u, err := url.Parse(started.Link)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Get("prompt") != "none" || q.Get("state") != started.State || len(q.Get("nonce")) < 20 || q.Get("code_challenge") == "" {
			t.Errorf("the link is %s", started.Link)
		}
		return q
	}
	q := start()
	response, err := s.Get(s.consumer + "/consumer/exchange/?code=c0de&state=" + q.Get("state"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header; got.Get("X-Frame-Options") != "SAMEORIGIN" || !strings.Contains(got.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
		t.Errorf("the headers are %v", got)
	}
	for answer, want := range map[string]string{
		"code=c0de": `data-code="c0de" data-error=""`,
		"code=c0de&iss=https%3A%2F%2Fevil.example": `data-code="" data-error="wrong_issuer"`,
		"error=login_required":                     `data-code="" data-error="login_required"`,
	} {
		if _, body := s.get("/consumer/exchange/?" + answer + "&state=" + start().Get("state")); !strings.Contains(body, want) {
			t.Errorf("%s: %s", answer, body)
		}
	}
	if response, err := s.Get(s.consumer + "/consumer/renew/"); err != nil || response.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("the page itself: %v %v", response, err)
	}
}

func TestSilentRenewalReportsWhatIsMissing(t *testing.T) {
	s := newSite(t, http.NotFound)
	for want, fields := range map[string]url.Values{
		"Enter the client ID":   {"issuer": {s.provider}},
		"No provider was found": {"client_id": {"app"}, "issuer": {s.provider}},
		"Enter the issuer URL":  {"client_id": {"app"}},
	} {
		var answer struct{ Problem string }
		if s.post(t, "/consumer/renew/", fields, http.StatusUnprocessableEntity, &answer); !strings.Contains(answer.Problem, want) {
			t.Errorf("want %q, got %q", want, answer.Problem)
		}
	}
}
