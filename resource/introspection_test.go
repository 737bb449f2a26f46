package resource_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// endpoint is an introspection endpoint with one response, as a transport.
type endpoint struct {
	status  int
	body    string
	request *http.Request // the last request
	form    string        // its body
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	e.request, e.form = r, string(body)
	return &http.Response{StatusCode: e.status, Status: http.StatusText(e.status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(e.body)), Request: r}, nil
}

// RFC 7662 §2.2.
func TestIntrospectionResponseIsVerified(t *testing.T) {
	for name, test := range map[string]struct {
		status      int
		body        string
		anyAudience bool
		want        string
	}{
		"an active token":         {200, `{"active":true,"token_type":"Bearer","aud":"https://api.example","sub":"ada","scope":"read"}`, false, "valid"},
		"one of two audiences":    {200, `{"active":true,"token_type":"Bearer","aud":["x","https://api.example"],"sub":"ada"}`, false, "valid"},
		"another audience":        {200, `{"active":true,"token_type":"Bearer","aud":"https://other.example","sub":"ada"}`, false, "invalid"},
		"no audience":             {200, `{"active":true,"token_type":"Bearer","sub":"ada"}`, false, "invalid"},
		"an API for any audience": {200, `{"active":true,"token_type":"Bearer","sub":"ada"}`, true, "valid"},
		"an inactive token":       {200, `{"active":false,"token_type":"Bearer","aud":"https://api.example","sub":"ada"}`, false, "invalid"},
		"a refresh token":         {200, `{"active":true,"aud":"https://api.example","sub":"ada"}`, false, "invalid"},
		"an empty object":         {200, `{}`, true, "invalid"},
		"a page":                  {200, `<html>`, false, "unavailable"},
		"wrong credentials":       {401, `{"error":"invalid_client"}`, false, "unavailable"},
		"a server error":          {500, `{"active":true,"token_type":"Bearer","aud":"https://api.example","sub":"ada"}`, false, "unavailable"},
	} {
		e := &endpoint{status: test.status, body: test.body}
		i := &resource.Introspection{
			URL: "https://id.example/introspect", ClientID: "a b", ClientSecret: "s:%", Audience: "https://api.example", Client: &http.Client{Transport: e},
		}
		if test.anyAudience {
			i.Audience, i.AllowAnyAudience = "", true
		}
		token, err := i.Verify(t.Context(), "to ken")
		got := "valid"
		switch {
		case errors.Is(err, resource.ErrInvalidToken):
			got = "invalid"
		case err != nil:
			got = "unavailable"
		case token.Subject != "ada":
			t.Errorf("%s: %+v", name, token)
		}
		if got != test.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, test.want)
		}
		// RFC 6749 §2.3.1: the credentials are form-encoded first.
		if id, secret, _ := e.request.BasicAuth(); id != "a+b" || secret != "s%3A%25" || e.form != "token=to+ken" {
			t.Errorf("%s: the request has the credentials %q %q and the form %q", name, id, secret, e.form)
		}
	}
}
