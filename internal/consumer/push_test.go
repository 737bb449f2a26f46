package consumer_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden"[^>]* name="([^"]+)" value="([^"]*)">`)

func TestRequestIsPushedAndTheLinkHasOnlyItsReference(t *testing.T) {
	var form url.Values
	var user, password string
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		issuer := "http://" + r.Host + "/o"
		switch {
		case r.URL.Path != "/o/par/":
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"pushed_authorization_request_endpoint":%q}`, issuer, issuer+"/authorize", issuer+"/token", issuer+"/par/")
		case r.FormValue("scope") == "wrong":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error":"invalid_scope"}`)
		default:
			form = r.PostForm
			user, password, _ = r.BasicAuth()
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, `{"request_uri":"urn:x","expires_in":90}`)
		}
	})
	fields := url.Values{"client_id": {"a b"}, "client_secret": {"s+cret"}, "issuer": {s.provider + "/o"}, "scope": {"read"}}
	status, body := s.submit("/consumer/push/", fields)
	found := link.FindStringSubmatch(body)
	if status != 200 || found == nil || found[1] != s.provider+"/o/authorize?client_id=a+b&request_uri=urn%3Ax" {
		t.Fatalf("got %d %s", status, body)
	}
	if form.Get("scope") != "read" || form.Get("state") == "" || form.Get("code_challenge") == "" || user != "a+b" || password != "s%2Bcret" {
		t.Errorf("pushed %v as %s", form, user)
	}
	if !strings.Contains(body, "90 seconds, until ") || !strings.Contains(body, `"expires_in":90`) || strings.Contains(body, "s+cret") || strings.Contains(body, "s%2Bcret") {
		t.Errorf("the page lacks the response or shows the secret: %s", body)
	}

	first, again := form, url.Values{"client_secret": {"s+cret"}}
	for _, hidden := range hiddenInput.FindAllStringSubmatch(body, -1) {
		again.Set(hidden[1], hidden[2])
	}
	form = nil
	if status, body = s.submit("/consumer/push/", again); status != 200 || !reflect.DeepEqual(form, first) || !link.MatchString(body) {
		t.Errorf("pushed again: %d %v instead of %v: %s", status, form, first, body)
	}

	fields.Set("scope", "wrong")
	if _, body = s.submit("/consumer/push/", fields); !strings.Contains(body, "invalid_scope") || link.MatchString(body) {
		t.Errorf("a rejected request: %s", body)
	}
}

func TestRequestCannotBePushedToAProviderWithoutTheEndpoint(t *testing.T) {
	s := newSite(t, validMetadata)
	status, body := s.submit("/consumer/push/", url.Values{"client_id": {"abc"}, "issuer": {s.provider + "/o"}})
	if status != 422 || !strings.Contains(body, "no valid endpoint for pushed requests") {
		t.Errorf("got %d %s", status, body)
	}
}

// TestLifetimeOfAReferenceIsShown: RFC 9126 §2.2 requires expires_in.
func TestLifetimeOfAReferenceIsShown(t *testing.T) {
	var answer string
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, answer)
	})
	fields := url.Values{"client_id": {"app"}, "authorization_url": {s.provider + "/authorize"}, "push_url": {s.provider + "/par"}}
	for expires, want := range map[string]string{`90`: "90 seconds, until ", `0`: "no valid expires_in", `-1`: "no valid expires_in", `1e300`: "no valid expires_in"} {
		answer = `{"request_uri":"urn:x","expires_in":` + expires + `}`
		if _, body := s.submit("/consumer/push/", fields); !strings.Contains(body, want) || !link.MatchString(body) {
			t.Errorf("%s: %s", answer, body)
		}
	}
	answer = `{"expires_in":90}`
	if _, body := s.submit("/consumer/push/", fields); link.MatchString(body) {
		t.Errorf("a link without a reference: %s", body)
	}
	for field, missing := range map[string]string{"push_url": "Enter the pushed authorization request URL", "client_id": "Enter the client ID"} {
		some := maps.Clone(fields)
		some.Del(field)
		if status, body := s.submit("/consumer/push/", some); status != 422 || !strings.Contains(body, missing) {
			t.Errorf("without %s: %d %s", field, status, body)
		}
	}
}

// TestReferenceIsUsedOnceAtLatchkey: RFC 9126 §4. A request that is pushed again has
// a reference of its own, and its code can be exchanged.
func TestReferenceIsUsedOnceAtLatchkey(t *testing.T) {
	s, p := newLatchkeySite(t, "closed")
	p.AddUser("ada", false)
	fields := url.Values{"client_id": {s.consumer + "/client.json"}, "issuer": {p.Issuer}, "scope": {"openid read"}, "auth_method": {"none"}}
	status, body := s.submit("/consumer/push/", fields)
	found := link.FindStringSubmatch(body)
	if status != 200 || found == nil {
		t.Fatalf("got %d %s", status, body)
	}
	if code, err := p.Browser().Authorize(found[1], "ada"); err != nil || code == "" {
		t.Errorf("the code is %q: %v", code, err)
	}
	if code, err := p.Browser().Authorize(found[1], "ada"); err == nil {
		t.Errorf("the second use returns the code %q", code)
	}
	again := url.Values{}
	for _, hidden := range hiddenInput.FindAllStringSubmatch(body, -1) {
		again.Set(hidden[1], hidden[2])
	}
	_, body = s.submit("/consumer/push/", again)
	if found = link.FindStringSubmatch(body); found == nil {
		t.Fatalf("it is not pushed again: %s", body)
	}
	if code, err := p.Browser().Authorize(found[1], "ada"); err != nil || code == "" {
		t.Errorf("pushed again: the code is %q: %v", code, err)
	}
}

// TestPushedRequestIsAuthenticatedAsChosen: RFC 9126 §2, RFC 7523 §2.2.
func TestPushedRequestIsAuthenticatedAsChosen(t *testing.T) {
	var form url.Values
	var header string
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		issuer := "http://" + r.Host + "/o"
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"pushed_authorization_request_endpoint":%q}`, issuer, issuer+"/authorize", issuer+"/par")
			return
		}
		_ = r.ParseForm()
		form, header = r.PostForm, r.Header.Get("Authorization")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"request_uri":"urn:x"}`)
	})
	key := s.publicKey()
	fields := url.Values{"client_id": {"app"}, "client_secret": {"s3cret"}, "issuer": {s.provider + "/o"}}
	for method, want := range map[string]struct{ basic, secret, assertion bool }{
		"":                    {basic: true},
		"client_secret_basic": {basic: true},
		"client_secret_post":  {secret: true},
		"private_key_jwt":     {assertion: true},
		"none":                {},
	} {
		fields.Set("auth_method", method)
		_, body := s.submit("/consumer/push/", fields)
		if (header != "") != want.basic || form.Has("client_secret") != want.secret || form.Has("client_assertion") != want.assertion || form.Get("client_id") != "app" {
			t.Errorf("%s: sent %v and %q", method, form, header)
		}
		if strings.Contains(body, "s3cret") || (want.assertion && strings.Contains(body, form.Get("client_assertion"))) {
			t.Errorf("%s: the page shows what authenticates the application: %s", method, body)
		}
		if want.assertion {
			object, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			if claims, err := object.Verify(key); err != nil || !strings.Contains(string(claims), `"aud":"`+s.provider+`/o"`) {
				t.Errorf("the assertion is %s: %v", claims, err)
			}
		}
	}
}

func TestFurtherParametersAreAddedButReplaceNone(t *testing.T) {
	s := newSite(t, validMetadata)
	fields := url.Values{"client_id": {"app"}, "issuer": {s.provider + "/o"}, "more": {"login_hint=ada@example.com\r\n\r\n max_age = 60 "}}
	_, body := s.build(fields)
	found := link.FindStringSubmatch(body)
	if found == nil || !strings.Contains(found[1], "login_hint=ada%40example.com") || !strings.Contains(found[1], "max_age=60") {
		t.Errorf("the link is %v", found)
	}
	for more, want := range map[string]string{"state=mine": "state is set by this application", "client_secret=x": "client_secret is set", "max_age": "on its own line", "=x": "on its own line"} {
		fields.Set("more", more)
		if status, body := s.build(fields); status != 422 || !strings.Contains(body, want) || !strings.Contains(body, more) {
			t.Errorf("%s: got %d %s", more, status, body)
		}
	}
}
