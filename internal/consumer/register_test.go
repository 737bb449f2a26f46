package consumer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// registrar is a provider with one registration.
type registrar struct {
	t        *testing.T
	metadata map[string]any
	method   string
	token    string // of the last request
}

func (p *registrar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/o/registration_endpoint" {
		fullMetadata(w, r)
		return
	}
	p.method, p.token = r.Method, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	body, _ := io.ReadAll(r.Body)
	switch {
	case p.token == "wrong":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case r.Method == http.MethodDelete:
		p.metadata = nil
		w.WriteHeader(http.StatusNoContent)
		return
	case len(body) > 0:
		p.metadata = nil
		if err := json.Unmarshal(body, &p.metadata); err != nil || r.Header.Get("Content-Type") != "application/json" {
			p.t.Errorf("the request is %q: %v", body, err)
		}
	}
	answer := map[string]any{
		"client_id": "c1", "client_secret": "s1", "client_id_issued_at": 1, "client_secret_expires_at": 0,
		"registration_client_uri": "http://" + r.Host + "/o/registration_endpoint", "registration_access_token": "next",
	}
	for name, value := range p.metadata {
		answer[name] = value
	}
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestConsumerRegistersItselfAndManagesItsRegistration: RFC 7591 §3, RFC 7592 §2.
func TestConsumerRegistersItselfAndManagesItsRegistration(t *testing.T) {
	p := &registrar{t: t}
	s := newSite(t, p.ServeHTTP)
	_, body := s.submit("/consumer/register/", url.Values{
		"issuer": {s.provider + "/o"}, "client_name": {"Mine"}, "auth_method": {"private_key_jwt"}, "grant": {"authorization_code", "refresh_token"},
		"initial_access_token": {"lk_first"}, "more": {`{"contacts":["ada@app.example"],"client_name":"Ours"}`},
	})
	keys, _ := p.metadata["jwks"].(map[string]any)
	if p.method != http.MethodPost || p.token != "lk_first" || p.metadata["client_name"] != "Ours" || p.metadata["contacts"] == nil || keys["keys"] == nil ||
		p.metadata["application_type"] != "native" || fmt.Sprint(p.metadata["redirect_uris"]) != "["+s.consumer+"/consumer/exchange/]" {
		t.Errorf("registered with %s %q %v", p.method, p.token, p.metadata)
	}
	for _, want := range []string{`value="c1"`, `value="s1"`, `value="next"`, "/consumer/?client_id=c1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not contain %s: %s", want, body)
		}
	}
	if strings.Contains(body, "lk_first") {
		t.Error("the page shows the initial access token")
	}
	if set, _ := json.Marshal(keys); strings.Contains(string(set), `"d":`) {
		t.Error("the private key was registered")
	}

	manage := url.Values{"uri": {s.provider + "/o/registration_endpoint"}, "token": {"next"}, "action": {"read"}}
	_, body = s.submit("/consumer/registration/", manage)
	form, _, _ := strings.Cut(body, "<details")
	if !strings.Contains(form, `"client_id": "c1"`) || strings.Contains(form, "client_secret_expires_at") || strings.Contains(form, `"registration_client_uri"`) {
		t.Errorf("the registration is shown as %s", form)
	}
	manage.Set("action", "save")
	manage.Set("metadata", `{"client_id":"c1","client_name":"Changed"}`)
	if s.submit("/consumer/registration/", manage); p.method != http.MethodPut || p.metadata["client_name"] != "Changed" || p.token != "next" {
		t.Errorf("changed with %s %q: %v", p.method, p.token, p.metadata)
	}
	manage.Set("action", "delete")
	if _, body := s.submit("/consumer/registration/", manage); p.metadata == nil || !strings.Contains(body, "Delete the registration?") {
		t.Error("the registration was deleted without a question")
	}
	manage.Set("confirmed", "yes")
	if _, body := s.submit("/consumer/registration/", manage); p.method != http.MethodDelete || !strings.Contains(body, "was deleted") {
		t.Errorf("deleted with %s: %s", p.method, body)
	}
}

func TestRejectedRegistrationIsExplained(t *testing.T) {
	p := &registrar{t: t}
	s := newSite(t, p.ServeHTTP)
	without := newSite(t, validMetadata)
	for want, try := range map[string]struct {
		site   site
		fields url.Values
	}{
		"Enter an initial access token": {s, url.Values{"issuer": {s.provider + "/o"}, "initial_access_token": {"wrong"}}},
		"must be a JSON object":         {s, url.Values{"issuer": {s.provider + "/o"}, "more": {"[1]"}}},
		"has no registration_endpoint":  {without, url.Values{"issuer": {without.provider + "/o"}}},
		"must begin with http://":       {s, url.Values{"issuer": {"file:///etc/passwd"}}},
		"is not a metadata document":    {newSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "no") }), url.Values{"issuer": {"PROVIDER"}}},
	} {
		if try.fields.Get("issuer") == "PROVIDER" {
			try.fields.Set("issuer", try.site.provider)
		}
		if status, body := try.site.submit("/consumer/register/", try.fields); status != 422 || !strings.Contains(body, want) {
			t.Errorf("want %q, got %d %s", want, status, body)
		}
	}
	for want, fields := range map[string]url.Values{
		"Enter the URL of the registration":     {"uri": {"gopher://x"}, "action": {"read"}},
		"is not valid JSON":                     {"uri": {s.provider}, "action": {"save"}, "metadata": {"{"}},
		"does not accept the registration acce": {"uri": {s.provider + "/o/registration_endpoint"}, "token": {"wrong"}, "action": {"read"}},
	} {
		if _, body := s.submit("/consumer/registration/", fields); !strings.Contains(body, want) {
			t.Errorf("want %q in %s", want, body)
		}
	}
}

// TestConsumerPublishesItsMetadata: draft-ietf-oauth-client-id-metadata-document §4.
func TestConsumerPublishesItsMetadata(t *testing.T) {
	s := newSite(t, http.NotFound)
	response, err := s.Get(s.consumer + "/client.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var document map[string]any
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	if document["client_id"] != s.consumer+"/client.json" || response.Header.Get("Content-Type") != "application/json" ||
		document["token_endpoint_auth_method"] != "none" || document["client_secret"] != nil {
		t.Errorf("the document is %v", document)
	}
	if _, body := s.get("/consumer/document/"); !strings.Contains(body, "Other machines cannot reach this URL") || !strings.Contains(body, "does not use https") {
		t.Errorf("the page does not say why it cannot work: %s", body)
	}
}
