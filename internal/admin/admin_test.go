package admin_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

type office struct {
	*latchkeytest.Provider
	*latchkeytest.Browser
	t *testing.T
}

// enter logs an administrator in.
func enter(t *testing.T) office {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.ConsumerURL = "http://localhost:8001" })
	p.AddUser("root", true)
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/applications/?q=x"), "root")
	if page.Request.URL.RequestURI() != "/admin/applications/?q=x" {
		t.Fatalf("next is lost: %s", page.Request.URL)
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

// add adds an application and gives its credentials.
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

func TestListsPageAndSearch(t *testing.T) {
	o := enter(t)
	for i := range 30 {
		o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = string(rune('a'+i%26)) + "-app" })
	}
	page := o.open("applications/?sort=name&order=desc")
	next := regexp.MustCompile(`href="(\?[^"]*after=[^"]*)"`).FindStringSubmatch(page.Body)
	if strings.Count(page.Body, "<tr><td>") != 25 || next == nil || strings.Index(page.Body, "z-app") > strings.Index(page.Body, "y-app") {
		t.Fatalf("the first page: %s", page.Body)
	}
	second := o.open("applications/" + strings.ReplaceAll(next[1], "&amp;", "&"))
	if strings.Count(second.Body, "<tr><td>") != 5 || !strings.Contains(second.Body, "before=") || !strings.Contains(second.Body, "order=desc") {
		t.Errorf("the second page: %s", second.Body)
	}
	if page := o.open("applications/?q=q-AP&type=confidential&state=enabled&grant=refresh_token"); strings.Count(page.Body, "<tr><td>") != 1 {
		t.Errorf("searched: %s", page.Body)
	}
	if page := o.open("applications/?q=%27%3BDROP&sort=%27&after=%27&order=x&type=%27"); page.StatusCode != 200 || !strings.Contains(page.Body, "No applications match your search") {
		t.Errorf("R7.7: %s", page.Status)
	}
}

// TestWhatIsNoTextIsNotLookedFor: PostgreSQL takes offence at it.
func TestWhatIsNoTextIsNotLookedFor(t *testing.T) {
	o := enter(t)
	for _, path := range []string{"applications/%FF/", "applications/?q=%FF", "users/%00/", "sessions/?user=%FF"} {
		if page := o.open(path); page.StatusCode != 400 {
			t.Errorf("%s: %s", path, page.Status)
		}
	}
	if page := o.post("consents/", url.Values{"consent": {"ada \xff"}}); page.StatusCode != 400 {
		t.Errorf("a consent: %s", page.Status)
	}
}

func TestPeopleAreManaged(t *testing.T) {
	o := enter(t)
	page := o.post("users/add/", url.Values{"username": {"bob <i>"}})
	if page.StatusCode != 422 {
		t.Errorf("an odd name: %s", page.Status)
	}
	page = o.post("users/add/", url.Values{"username": {"bob"}, "name": {"<script>x</script>"}, "email": {"bob@example.com"}})
	password := regexp.MustCompile(`id="new-password" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if password == nil {
		t.Fatalf("no password: %s", page.Body)
	}
	bob, err := o.Store.UserByName(context.Background(), "bob")
	if err != nil || bob.Admin {
		t.Fatal(err)
	}
	b := o.Provider.Browser()
	if page := b.Submit(b.Open(o.Issuer+"/login/"), url.Values{"username": {"bob"}, "password": {password[1]}}); !strings.Contains(page.Body, "logged in as") || strings.Contains(page.Body, "<script>x") {
		t.Errorf("R7.13: %s", page.Body)
	}
	if page := b.Open(o.URL + "/admin/"); page.StatusCode != 403 || !strings.Contains(page.Body, "not an administrator") {
		t.Errorf("bob in the back office: %s", page.Status)
	}
	if body := o.open("users/").Body; strings.Contains(body, "<script>x") || !strings.Contains(body, "bob@example.com") {
		t.Error("R7.13: the list of users")
	}
	page = o.post("users/"+bob.ID+"/", url.Values{"username": {"bob"}, "disabled": {"on"}, "claims": {`{"locale":"en"}`}})
	if !strings.Contains(page.Body, "have been saved") {
		t.Errorf("saving bob: %s", page.Body)
	}
	if page := b.Open(o.URL + "/"); strings.Contains(page.Body, "logged in as") {
		t.Error("ASVS 7.4.2: the session of a disabled person lives")
	}
	root, _ := o.Store.UserByName(context.Background(), "root")
	o.post("users/"+root.ID+"/", url.Values{"username": {"root"}, "disabled": {"on"}})
	if root, _ = o.Store.UserByName(context.Background(), "root"); root.Disabled || !root.Admin {
		t.Error("an administrator locked themselves out")
	}
	if page := o.post("users/"+bob.ID+"/password/", url.Values{"password": {"12345678"}}); page.StatusCode != 422 {
		t.Errorf("a common password: %s", page.Status)
	}
}

func TestTokensConsentsAndSessionsAreListedAndEnded(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	b := o.Provider.Browser()
	code, err := b.Authorize(o.Issuer+"/authorize/?"+url.Values{"response_type": {"code"}, "client_id": {c.ID}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode(), "ada")
	if err != nil || code == "" {
		t.Fatal(err)
	}
	page := o.open("consents/?q=ada")
	consent := regexp.MustCompile(`name="consent" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if consent == nil {
		t.Fatalf("no consent: %s", page.Body)
	}
	o.Submit(page, url.Values{"consent": {consent[1]}})
	if page := o.open("consents/"); strings.Contains(page.Body, `name="consent"`) {
		t.Error("the consent is not withdrawn")
	}
	if page := o.open("tokens/?kind=access"); page.StatusCode != 200 {
		t.Error(page.Status)
	}
	if page := o.post("tokens/", url.Values{"family": {"x"}}); page.StatusCode != 404 {
		t.Errorf("a forged id: %s", page.Status)
	}
	page = o.open("sessions/?q=ada")
	session := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if session == nil {
		t.Fatalf("no session: %s", page.Body)
	}
	o.Submit(page, url.Values{"session": {session[1]}})
	if page := b.Open(o.URL + "/"); strings.Contains(page.Body, "logged in as") {
		t.Error("the session is not ended")
	}
}

// TestWhatAnAdministratorOrdersIsDone, also if their browser does not wait.
func TestWhatAnAdministratorOrdersIsDone(t *testing.T) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = store })
	p.AddUser("root", true)
	ada := p.AddUser("ada", false)
	c, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.LogIn(b.Open(p.URL+"/admin/"), "root")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for path, fields := range map[string]url.Values{
		"users/" + ada.ID + "/":             {"username": {"ada"}, "version": {"1"}, "disabled": {"on"}},
		"applications/" + c.ID + "/switch/": {"to": {"disabled"}},
	} {
		r := httptest.NewRequestWithContext(gone, http.MethodPost, p.URL+"/admin/"+path, strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, cookie := range b.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		if p.Mux.ServeHTTP(w, r); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if ada, err = store.User(ctx, ada.ID); err != nil || !ada.Disabled {
		t.Errorf("the person goes on: %v", err)
	}
	if c, err = store.Client(ctx, c.ID); err != nil || !c.Disabled {
		t.Errorf("the application goes on: %v", err)
	}
}

func TestR7_1_OtherSitesCannotActInTheBackOffice(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	r := o.open("applications/").Request.Clone(context.Background())
	r.Method, r.Body = "POST", nil
	r.URL, _ = url.Parse(o.URL + "/admin/applications/" + c.ID + "/delete/")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := o.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if _, err := o.Store.Client(context.Background(), c.ID); response.StatusCode != 403 || err != nil {
		t.Errorf("got %s, %v", response.Status, err)
	}
	stranger := o.Provider.Browser()
	for _, path := range []string{"", "applications/", "users/", "applications/" + c.ID + "/delete/", "//x", "..;/"} {
		if page := stranger.Open(o.URL + "/admin/" + path); !strings.Contains(page.Body, `name="password"`) && page.StatusCode != 404 {
			t.Errorf("R7.10 a stranger at %q: %s", path, page.Status)
		}
	}
}

func TestKeysAreRotatedAndRetired(t *testing.T) {
	o := enter(t)
	if page := o.open("keys/"); strings.Count(page.Body, ">active<") != 1 {
		t.Fatalf("the first key: %s", page.Body)
	}
	if page := o.post("keys/", url.Values{"alg": {"ES256"}}); !strings.Contains(page.Body, ">published<") || !strings.Contains(page.Body, "will be used for signing in one hour") {
		t.Errorf("a new key: %s", page.Body)
	}
	if page := o.post("keys/", url.Values{"alg": {"ES256"}}); page.StatusCode != 409 {
		t.Errorf("another, while one waits: %s", page.Status)
	}
	keys, err := o.Store.SigningKeys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	retire := "keys/" + keys[0].ID + "/retire/"
	if page := o.open(retire); !strings.Contains(page.Body, "may have been stolen") {
		t.Errorf("the question: %s", page.Body)
	}
	if page := o.post(retire, url.Values{"distrust": {"on"}}); !strings.Contains(page.Body, ">expired<") || !strings.Contains(page.Body, ">active<") {
		t.Errorf("a stolen key: %s", page.Body)
	}
	if page := o.open("keys/none/retire/"); page.StatusCode != 404 {
		t.Errorf("no key: %s", page.Status)
	}
}

// quotingStore fails with what it was asked, as a driver may.
type quotingStore struct{ latchkey.Store }

func (quotingStore) ClientUsage(_ context.Context, id string, _ time.Time) (oauth.ClientUsage, error) {
	return oauth.ClientUsage{}, fmt.Errorf("no such thing as %q", id)
}

func (s quotingStore) Client(_ context.Context, id string) (*oauth.Client, error) {
	return &oauth.Client{ID: id, Name: "x"}, nil
}

// TestWhatFailsIsLoggedByItsRoute and without the secrets in its path.
func TestWhatFailsIsLoggedByItsRoute(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Store, o.Logger = quotingStore{memstore.New(o.Clock)}, slog.New(slog.NewJSONHandler(&log, nil))
	})
	p.AddUser("root", true)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "root")
	secret := oauth.NewToken(oauth.KindClientSecret, time.Now()).String()
	if page := b.Open(p.URL + "/admin/applications/" + secret + "/delete/"); page.StatusCode != 500 {
		t.Fatalf("got %s", page.Status)
	}
	text := log.String()
	if strings.Contains(text, secret[8:]) || !strings.Contains(text, `"route":"/admin/applications/{id}/delete/"`) || !strings.Contains(text, "lk_cs_…") {
		t.Errorf("it logs %s", text)
	}
}
