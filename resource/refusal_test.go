package resource_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// refusing is a Verifier that returns an error.
type refusing struct{ err error }

func (v refusing) Verify(context.Context, string) (*resource.Token, error) {
	if v.err == nil {
		return &resource.Token{ClientID: "app", Scope: "read"}, nil
	}
	return nil, v.err
}

var reasons = []resource.Reason{
	resource.Malformed, resource.WrongType, resource.WrongAlgorithm, resource.UnknownKey, resource.BadSignature, resource.WrongIssuer,
	resource.WrongAudience, resource.WrongActor, resource.NoPerson, resource.ForPerson, resource.Expired, resource.NotYetValid, resource.Bound, resource.WrongClient, resource.Inactive,
}

// TestRefusalSaysWhy to the client in error_description (RFC 6750 §3), and to the
// host in OnRefused.
func TestRefusalSaysWhy(t *testing.T) {
	seen := make(map[string]resource.Reason)
	for _, reason := range reasons {
		var told error
		guard := resource.Guard{
			Verifier:  refusing{&resource.InvalidTokenError{Reason: reason, Detail: `its aud is ["x"]`}},
			OnRefused: func(_ *http.Request, err error) { told = err },
		}
		w := ask(&guard, "Bearer x")
		challenge := w.Header().Get("WWW-Authenticate")
		_, description, _ := strings.Cut(challenge, `error="invalid_token", error_description="`)
		description, rest, closed := strings.Cut(description, `"`)
		if w.Code != 401 || !closed || rest != `, scope="read write"` || !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(w.Body.String(), description) {
			t.Errorf("%s: %d %s %s", reason, w.Code, challenge, w.Body)
		}
		if other := seen[description]; other != "" || description == "" {
			t.Errorf("%s and %s have the description %q", reason, other, description)
		}
		seen[description] = reason
		if strings.Contains(challenge, "aud") || told == nil || !strings.Contains(told.Error(), string(reason)) || !strings.Contains(told.Error(), "its aud is") {
			t.Errorf("%s: the host gets %v, the client %s", reason, told, challenge)
		}
	}
}

func ask(guard *resource.Guard, authorization string) *httptest.ResponseRecorder {
	api := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	guard.Require("read", "write")(api).ServeHTTP(w, r)
	return w
}

// TestTokenThatIsSentInAnotherWayIsExplainedInTheBody: the challenge has no error code, because the
// request has no token for RFC 6750 §3.1. Neither the body nor the log quotes the request.
func TestTokenThatIsSentInAnotherWayIsExplainedInTheBody(t *testing.T) {
	const header, url = "The Authorization header must contain the word Bearer, a space and the token.", "A token in the URL is ignored."
	for name, test := range map[string]struct{ authorization, query, want string }{
		"nothing":               {"", "", ""},
		"the token alone":       {"lk_at_secret", "", header},
		"another scheme":        {"Token lk_at_secret", "", header},
		"no space":              {"Bearer:lk_at_secret", "", header},
		"no token":              {"Bearer ", "", header},
		"a password":            {"Basic lk_at_secret", "", header},
		"a token in the URL":    {"", "?access_token=lk_at_secret", url},
		"two tokens in the URL": {"", "?access_token=lk_at_secret&access_token=lk_at_secret", url},
		"both":                  {"Token lk_at_secret", "?access_token=lk_at_secret", header},
	} {
		var told error
		guard := resource.Guard{Verifier: refusing{}, OnRefused: func(_ *http.Request, err error) { told = err }}
		r := httptest.NewRequest(http.MethodGet, "/"+test.query, nil)
		if test.authorization != "" {
			r.Header.Set("Authorization", test.authorization)
		}
		w := httptest.NewRecorder()
		guard.Require("read")(http.NotFoundHandler()).ServeHTTP(w, r)
		_, unusable := errors.AsType[*resource.UnusableTokenError](told)
		body, challenge := w.Body.String(), w.Header().Get("WWW-Authenticate")
		if w.Code != 401 || challenge != `Bearer realm="api", scope="read"` || !strings.Contains(body, test.want) || test.want == "" && body != "An access token is required.\n" {
			t.Errorf("%s: %d %s %s", name, w.Code, challenge, body)
		}
		if !errors.Is(told, resource.ErrNoToken) || unusable != (test.want != "") || strings.Contains(body+told.Error(), "secret") {
			t.Errorf("%s: the host gets %v", name, told)
		}
	}
}

// TestEveryRefusalIsReportedToTheHost, also that of a request without a token.
func TestEveryRefusalIsReportedToTheHost(t *testing.T) {
	for name, test := range map[string]struct {
		authorization []string
		want          error
	}{
		"no header":   {nil, resource.ErrNoToken},
		"Basic":       {[]string{"Basic YTpi"}, resource.ErrNoToken},
		"no text":     {[]string{"Bearer "}, resource.ErrNoToken},
		"two headers": {[]string{"Bearer x", "Bearer y"}, resource.ErrSeveralTokens},
	} {
		var told error
		guard := resource.Guard{Verifier: refusing{}, OnRefused: func(_ *http.Request, err error) { told = err }}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = test.authorization
		w := httptest.NewRecorder()
		guard.Require("read")(http.NotFoundHandler()).ServeHTTP(w, r)
		if w.Code/100 != 4 || w.Code == 404 || !errors.Is(told, test.want) {
			t.Errorf("%s: %d, and the host gets %v", name, w.Code, told)
		}
	}
}

func TestMissingScopeIsReportedToTheHost(t *testing.T) {
	var told error
	guard := resource.Guard{Verifier: refusing{}, OnRefused: func(_ *http.Request, err error) { told = err }}
	w := ask(&guard, "Bearer x")
	var missing *resource.ScopeError
	if w.Code != 403 || !errors.As(told, &missing) || missing.Missing != "write" || missing.Token.ClientID != "app" {
		t.Errorf("%d, and the host gets %v", w.Code, told)
	}
}

// TestCauseOfAnOutageIsLogged, and not shown to the client. Without OnRefused
// it is logged with the default logger.
func TestCauseOfAnOutageIsLogged(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	down := &http.Client{Transport: failing{}}
	for name, verifier := range map[string]resource.Verifier{
		"keys":          &resource.JWT{Issuer: "https://id.example", Audience: "api", KeysURL: "https://id.example/jwks", Client: down},
		"introspection": &resource.Introspection{URL: "https://id.example/introspect", ClientID: "api", ClientSecret: "the secret", Audience: "api", Client: down},
	} {
		const token = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		log.Reset()
		w := ask(&resource.Guard{Verifier: verifier}, "Bearer "+token)
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "refused") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if got := log.String(); !strings.Contains(got, "connection refused") || !strings.Contains(got, "id.example") {
			t.Errorf("%s: the log has %q", name, got)
		}
		log.Reset()
		var told error
		ask(&resource.Guard{Verifier: verifier, OnRefused: func(_ *http.Request, err error) { told = err }}, "Bearer "+token)
		if told == nil || errors.Is(told, resource.ErrInvalidToken) || !strings.Contains(told.Error(), "connection refused") || log.Len() > 0 {
			t.Errorf("%s: the host gets %v, and the log %s", name, told, &log)
		}
		if strings.Contains(told.Error(), token) || strings.Contains(told.Error(), "the secret") {
			t.Errorf("%s: a secret is in %v", name, told)
		}
	}
}

// failing is a network that is down.
type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("dial tcp 192.0.2.1:443: connection refused")
}

// TestAPIWritesRefusalsInItsOwnFormat, with the challenge of the guard (RFC 6750 §3).
func TestAPIWritesRefusalsInItsOwnFormat(t *testing.T) {
	for kind, c := range map[resource.RefusalKind]struct {
		err           error
		authorization string
	}{
		resource.RefusedNoToken:     {nil, ""},
		resource.RefusedToken:       {resource.ErrInvalidToken, "Bearer x"},
		resource.RefusedScope:       {nil, "Bearer x"},
		resource.RefusedUnavailable: {errors.New("no response"), "Bearer x"},
	} {
		plain := ask(&resource.Guard{Verifier: refusing{c.err}, OnRefused: func(*http.Request, error) {}}, c.authorization)
		own := ask(&resource.Guard{
			Verifier: refusing{c.err}, OnRefused: func(*http.Request, error) {},
			WriteRefusal: func(w http.ResponseWriter, r *http.Request, f *resource.Refusal) {
				if f.Kind != kind {
					t.Errorf("the kind is %d instead of %d", f.Kind, kind)
				}
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(f.Kind.Status())
				_, _ = w.Write([]byte(r.Method + " " + f.Text))
			},
		}, c.authorization)
		if own.Code != plain.Code || own.Body.String() != "GET "+strings.TrimSpace(plain.Body.String()) || own.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %s %s", own.Code, own.Header().Get("Content-Type"), own.Body)
		}
		for _, name := range []string{"WWW-Authenticate", "Retry-After", "Cache-Control"} {
			if own.Header().Get(name) != plain.Header().Get(name) {
				t.Errorf("%s: %q instead of %q", name, own.Header().Get(name), plain.Header().Get(name))
			}
		}
	}
}
