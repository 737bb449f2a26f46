package admin_test

import (
	"context"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type office struct {
	*latchkeytest.Provider
	*latchkeytest.Browser
	t *testing.T
}

// enter starts a provider and logs an administrator in.
func enter(t *testing.T) office {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.ConsumerURL = "http://localhost:8001" })
	p.AddUser("root", true)
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/applications/?q=x"), "root")
	if page.Request.URL.RequestURI() != "/admin/applications/?q=x" {
		t.Fatalf("after the login: got %s", page.Request.URL)
	}
	return office{p, b, t}
}

func (o office) open(path string) latchkeytest.Page {
	o.t.Helper()
	return o.Open(o.URL + "/admin/" + path)
}

func (o office) post(path string, fields url.Values) latchkeytest.Page {
	o.t.Helper()
	page := o.open(path)
	if page.StatusCode == 404 || page.StatusCode == 405 {
		page.Request.URL, _ = url.Parse(o.URL + "/admin/" + path)
	}
	return o.Submit(page, fields)
}

var credential = regexp.MustCompile(`id="client_(id|secret)"[^>]* value="([^"]+)"`)

// add adds an application, and returns the page and the credentials.
func (o office) add(fields url.Values) (latchkeytest.Page, string, string) {
	o.t.Helper()
	page := o.open("applications/add/")
	found := credential.FindAllStringSubmatch(page.Body, -1)
	if len(found) != 2 {
		o.t.Fatalf("no credentials in the form: %s", page.Body)
	}
	form := url.Values{
		"client_id": {found[0][2]}, "client_secret": {found[1][2]}, "client_name": {"My app"}, "owner": {"root"}, "client_type": {"confidential"},
		"grant_types": {"authorization_code", "refresh_token"}, "redirect_uris": {"https://app.example/cb\r\nhttps://app.example/b"}, "access_token_format": {"opaque"}, "save": {"1"},
	}
	for name, values := range fields {
		form[name] = values
	}
	return o.Submit(page, form), found[0][2], found[1][2]
}

func TestTheSecretIsShownOnceAndNeverAgain(t *testing.T) {
	o := enter(t)
	page, id, secret := o.add(nil)
	if page.StatusCode != 200 || !strings.Contains(page.Body, secret) || page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.Request.URL.String(), secret) {
		t.Fatalf("T1-13: %s %s", page.Status, page.Body)
	}
	hash := oauth.HashClientSecret(secret)
	for _, path := range []string{"applications/", "applications/" + id + "/", "applications/" + id + "/edit/", "applications/" + id + "/delete/", "problems/"} {
		body := o.open(path).Body
		for _, leak := range []string{secret, hex.EncodeToString(hash), "argon2id"} {
			if strings.Contains(body, leak) {
				t.Errorf("D-22 W-03 R2.10: %s shows the secret", path)
			}
		}
	}
	c, err := o.Store.Client(context.Background(), id)
	if err != nil || c.OwnerID == "" || len(c.RedirectURIs) != 2 || string(c.Secrets[0].Hash) != string(hash) {
		t.Errorf("saved: %+v %v", c, err)
	}
	if page, _, _ := o.add(url.Values{"client_id": {id}, "client_secret": {secret}}); page.StatusCode != 409 {
		t.Errorf("a second click: %s", page.Status)
	}
	// A secret that somebody made up is replaced by a generated one.
	page, _, _ = o.add(url.Values{"client_secret": {"hunter2"}})
	if strings.Contains(page.Body, "hunter2") || !strings.Contains(page.Body, "lk_cs_") {
		t.Error("a made-up secret was taken")
	}
}

func TestMistakesAreSaidAtTheirFieldsAndNothingIsLost(t *testing.T) {
	o := enter(t)
	page, _, _ := o.add(url.Values{
		"client_name": {" "}, "owner": {"nobody"}, "redirect_uris": {"http://app.example/cb javascript:x"}, "allowed_origins": {"https://app.example/path"},
		"logo_uri": {"ftp://x"}, "access_token_ttl": {"soon"}, "client_uri": {"https://home.example"}, "scope": {"read"}, "default_scope": {"write"},
	})
	if page.StatusCode != 422 {
		t.Fatalf("got %s", page.Status)
	}
	for _, want := range []string{"Enter a name", "no user with this name", "uses http", "scheme javascript", "not an origin", "https URL", "write a time", "must be among the allowed scopes"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, typed := range []string{"https://home.example", "ftp://x", "javascript:x", "soon", "nobody"} {
		if !strings.Contains(page.Body, typed) {
			t.Errorf("%q is lost", typed)
		}
	}
	page, _, _ = o.add(url.Values{"redirect_uris": {""}})
	if !strings.Contains(page.Body, "requires at least one redirect URI") {
		t.Error("T1-09 M-04: no redirect URI is no mistake")
	}
	page, _, _ = o.add(url.Values{"redirect_uris": {""}, "use_consumer": {"1"}})
	if !strings.Contains(page.Body, "http://localhost:8001/consumer/exchange/</textarea>") {
		t.Error("T1-09: one click does not fill in the consumer")
	}
}

func TestTheKeysOfAnApplicationAreKept(t *testing.T) {
	const set = `{"keys":[{"kid":"one","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	o := enter(t)
	_, id, _ := o.add(nil)
	same := url.Values{"client_name": {"My app"}, "client_type": {"confidential"}, "grant_types": {"client_credentials"}}
	with := func(pairs ...string) url.Values {
		form := url.Values{}
		for name, values := range same {
			form[name] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			form[pairs[i]] = []string{pairs[i+1]}
		}
		return form
	}
	edit := "applications/" + id + "/edit/"
	o.post(edit, with("jwks", set, "request_uris", "https://a.example/\nhttps://b.example/", "require_signed_request_object", "on", "request_object_signing_alg", "EdDSA"))
	c, _ := o.Store.Client(context.Background(), id)
	if k := c.ClientOpenID; string(k.JWKS) != set || len(k.RequestURIs) != 2 || !k.RequireRequestObject || k.RequestObjectAlg != "EdDSA" {
		t.Fatalf("saved %+v", k)
	}
	if page := o.open(edit); !strings.Contains(page.Body, "11qYAYKxCrfVS") || !strings.Contains(page.Body, "https://b.example/</textarea>") {
		t.Error("the form does not show them again")
	}
	o.post(edit, with("jwks", "", "jwks_uri", "https://a.example/jwks", "id_token_encryption", "ECDH-ES:A256GCM", "userinfo_encryption", "RSA-OAEP-256:A128CBC-HS256"))
	c, _ = o.Store.Client(context.Background(), id)
	if k := c.ClientOpenID; len(k.JWKS) > 0 || k.JWKSURI == "" || k.IDTokenEncEnc != "A256GCM" || k.UserInfoEncAlg != "RSA-OAEP-256" {
		t.Fatalf("saved %+v", k)
	}
	if page := o.open(edit); !strings.Contains(page.Body, "<option selected>ECDH-ES:A256GCM</option>") || !strings.Contains(page.Body, "<option selected>RSA-OAEP-256:A128CBC-HS256</option>") {
		t.Error("the form does not show the encryption")
	}
	for _, wrong := range []url.Values{
		with("jwks", "keys"), with("jwks", set, "jwks_uri", "https://a.example/"), with("id_token_encryption", "ECDH-ES:A256GCM"),
		with("jwks_uri", "https://a.example/", "userinfo_encryption", "RSA1_5:A256GCM"), with("jwks_uri", "http://a.example/"),
	} {
		if page := o.post(edit, wrong); page.StatusCode != 422 {
			t.Errorf("%v: %s", wrong, page.Status)
		}
	}
}

func TestHS256KeepsTheSecretReadable(t *testing.T) {
	o := enter(t)
	sealed := func(id string) string {
		c, err := o.Store.Client(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Secrets[0].Sealed
	}
	form := func(alg string) url.Values {
		return url.Values{"client_name": {"My app"}, "client_type": {"confidential"}, "grant_types": {"client_credentials"}, "id_token_signed_response_alg": {alg}}
	}
	_, id, _ := o.add(url.Values{"id_token_signed_response_alg": {"HS256"}})
	if sealed(id) == "" {
		t.Error("a new application cannot have HS256")
	}
	o.post("applications/"+id+"/edit/", form("ES256"))
	if sealed(id) != "" {
		t.Error("the secret stays readable without a need")
	}
	if page := o.post("applications/"+id+"/edit/", form("HS256")); page.StatusCode != 422 || !strings.Contains(page.Body, "only a hash is stored") {
		t.Errorf("HS256 with a hash: %s", page.Status)
	}
	o.post("applications/"+id+"/secret/", url.Values{"overlap": {"0"}, "readable": {"on"}})
	if page := o.post("applications/"+id+"/edit/", form("HS256")); page.StatusCode != 200 {
		t.Errorf("HS256 with a readable secret: %s", page.Status)
	}
	before := sealed(id)
	o.post("applications/"+id+"/secret/", url.Values{"overlap": {"0"}})
	if sealed(id) == "" || sealed(id) == before {
		t.Error("a rotated secret cannot sign")
	}
}

func TestAnApplicationIsChangedSwitchedRotatedAndDeleted(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	first := o.open("applications/" + id + "/edit/")
	changed := url.Values{
		"client_name": {"Second"}, "client_type": {"confidential"}, "grant_types": {"client_credentials"}, "access_token_ttl": {"2 hours"}, "access_token_format": {"jwt"},
		"id": {"other"}, "disabled": {"on"}, "owner_id": {"x"}, "version": {},
	}
	changed.Del("version")
	page := o.Submit(first, changed)
	c, _ := o.Store.Client(context.Background(), id)
	if !strings.Contains(page.Body, "have been saved") || c.Name != "Second" || c.AccessTokenTTL != oauth.Lifetime(2*time.Hour) || c.AccessTokenFormat != oauth.JWT || c.Disabled || c.OwnerID != "" {
		t.Errorf("R7.8: saved %+v", c)
	}
	if page := o.Submit(first, url.Values{"client_name": {"Stale"}, "client_type": {"confidential"}, "grant_types": {"client_credentials"}}); page.StatusCode != 409 {
		t.Errorf("a stale save: %s", page.Status)
	}
	if page := o.post("applications/"+id+"/edit/", url.Values{"client_name": {"X"}, "client_type": {"public"}, "grant_types": {"refresh_token"}}); page.StatusCode != 422 {
		t.Errorf("R5.3 another type: %s", page.Status)
	}
	page = o.post("applications/"+id+"/secret/", url.Values{"overlap": {"1d"}})
	c, _ = o.Store.Client(context.Background(), id)
	if !strings.Contains(page.Body, "lk_cs_") || len(c.Secrets) != 2 || c.Secrets[1].ExpiresAt.IsZero() || !c.Secrets[0].ExpiresAt.IsZero() {
		t.Errorf("rotated: %+v", c.Secrets)
	}
	o.post("applications/"+id+"/secret/", url.Values{"end": {c.Secrets[1].ID}})
	if c, _ = o.Store.Client(context.Background(), id); len(c.Secrets) != 1 {
		t.Errorf("ended: %+v", c.Secrets)
	}
	if page := o.post("applications/"+id+"/secret/", url.Values{"end": {c.Secrets[0].ID}}); page.StatusCode != 409 {
		t.Errorf("ending the last: %s", page.Status)
	}
	o.post("applications/"+id+"/switch/", url.Values{"to": {"disabled"}})
	if c, _ = o.Store.Client(context.Background(), id); !c.Disabled {
		t.Error("not disabled")
	}
	if page := o.open("applications/" + id + "/delete/"); !strings.Contains(page.Body, "are deleted with it") {
		t.Errorf("what goes with it: %s", page.Body)
	}
	o.post("applications/"+id+"/delete/", url.Values{})
	if _, err := o.Store.Client(context.Background(), id); err == nil {
		t.Error("not deleted")
	}
	if page := o.open("applications/" + id + "/"); page.StatusCode != 404 {
		t.Errorf("gone: %s", page.Status)
	}
}
