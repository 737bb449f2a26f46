package admin_test

import (
	"context"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestClientSecretIsShownOnlyOnce(t *testing.T) {
	o := enter(t)
	page, id, secret := o.add(nil)
	if page.StatusCode != 200 || !strings.Contains(page.Body, secret) || page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.Request.URL.String(), secret) {
		t.Fatalf("the page after saving: %s %s", page.Status, page.Body)
	}
	hash := oauth.HashClientSecret(secret)
	for _, path := range []string{"applications/", "applications/" + id + "/", "applications/" + id + "/edit/", "applications/" + id + "/delete/", "problems/"} {
		body := o.open(path).Body
		for _, leak := range []string{secret, hex.EncodeToString(hash), "argon2id"} {
			if strings.Contains(body, leak) {
				t.Errorf("%s shows the secret", path)
			}
		}
	}
	if c := o.client(id); c.OwnerID == "" || len(c.RedirectURIs) != 2 || string(c.Secrets[0].Hash) != string(hash) {
		t.Errorf("saved %+v", c)
	} else if owner := `<a href="/admin/users/` + c.OwnerID + `/"><bdi>root</bdi></a>`; !strings.Contains(o.open("applications/"+id+"/").Body, owner) {
		t.Error("the page of the application has no link to its owner")
	}
}

// TestSecondClickShowsTheSecretAgain: the browser shows only the second response, so the
// secret of the first would be lost. Nobody can learn a secret in this way.
func TestSecondClickShowsTheSecretAgain(t *testing.T) {
	o := enter(t)
	_, id, secret := o.add(nil)
	before := o.client(id).Version
	page, _, _ := o.add(url.Values{"client_id": {id}, "client_secret": {secret}})
	if page.StatusCode != 200 || !strings.Contains(page.Body, "is ready") || !strings.Contains(page.Body, secret) || o.client(id).Version != before {
		t.Errorf("a second click: %s %s", page.Status, page.Body)
	}
	other, _ := oauth.NewClientSecret(time.Now())
	for name, fields := range map[string]url.Values{
		"another name":   {"client_id": {id}, "client_secret": {secret}, "client_name": {"Other"}},
		"another secret": {"client_id": {id}, "client_secret": {other}},
	} {
		if page, _, _ := o.add(fields); page.StatusCode != 409 || o.client(id).Name != "My app" {
			t.Errorf("%s: %s", name, page.Status)
		}
	}
}

func TestAMadeUpSecretIsReplacedByAGeneratedOne(t *testing.T) {
	o := enter(t)
	page, _, _ := o.add(url.Values{"client_secret": {"hunter2"}})
	if strings.Contains(page.Body, "hunter2") || !strings.Contains(page.Body, "lk_cs_") {
		t.Error("the made-up secret is accepted")
	}
}

func TestKeysOfAnApplicationAreSaved(t *testing.T) {
	const set = `{"keys":[{"kid":"one","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	o := enter(t)
	_, id, _ := o.add(nil)
	o.edit(id, url.Values{"jwks": {set}, "request_uris": {"https://a.example/\nhttps://b.example/"}, "require_signed_request_object": {"on"}, "request_object_signing_alg": {"EdDSA"}})
	if c := o.client(id); string(c.JWKS) != set || len(c.RequestURIs) != 2 || !c.RequireRequestObject || c.RequestObjectAlg != "EdDSA" {
		t.Fatalf("saved %+v", c.ClientOpenID)
	}
	if form := controls(o.open("applications/" + id + "/edit/").Body); form.Get("jwks") != set || form.Get("request_uris") != "https://a.example/\nhttps://b.example/" {
		t.Errorf("the form has %v", form)
	}
	o.edit(id, url.Values{
		"jwks": {""}, "jwks_uri": {"https://a.example/jwks"}, "id_token_encrypted_response_alg": {"ECDH-ES"}, "id_token_encrypted_response_enc": {"A256GCM"},
		"userinfo_encrypted_response_alg": {"RSA-OAEP-256"},
	})
	if c := o.client(id); len(c.JWKS) > 0 || c.JWKSURI == "" || c.IDTokenEncEnc != "A256GCM" || c.UserInfoEncAlg != "RSA-OAEP-256" {
		t.Fatalf("saved %+v", c.ClientOpenID)
	}
	for _, wrong := range []url.Values{
		{"jwks": {"keys"}},
		{"jwks": {set}},
		{"jwks_uri": {""}},
		{"userinfo_encrypted_response_alg": {"RSA1_5"}},
		{"jwks_uri": {"http://a.example/"}},
	} {
		if page := o.edit(id, wrong); page.StatusCode != 422 {
			t.Errorf("%v: %s", wrong, page.Status)
		}
	}
}

func TestHS256StoresTheSecretEncrypted(t *testing.T) {
	o := enter(t)
	sealed := func(id string) string { return o.client(id).Secrets[0].Sealed }
	alg := func(alg string) url.Values { return url.Values{"id_token_signed_response_alg": {alg}} }
	_, id, _ := o.add(alg("HS256"))
	if sealed(id) == "" {
		t.Error("a new application with HS256 has no readable secret")
	}
	o.edit(id, alg("ES256"))
	if sealed(id) != "" {
		t.Error("the secret is still readable without HS256")
	}
	if page := o.edit(id, alg("HS256")); page.StatusCode != 422 || !strings.Contains(page.Body, "only a hash of it is stored") {
		t.Errorf("HS256 with a hash: %s", page.Status)
	}
	o.post("applications/"+id+"/secret/", url.Values{"overlap": {"0"}, "readable": {"on"}})
	if page := o.edit(id, alg("HS256")); page.StatusCode != 200 {
		t.Errorf("HS256 with a readable secret: %s", page.Status)
	}
	before := sealed(id)
	o.post("applications/"+id+"/secret/", url.Values{"overlap": {"0"}})
	if sealed(id) == "" || sealed(id) == before {
		t.Error("the rotated secret is not readable")
	}
}

func TestFormChangesOnlyItsOwnFields(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	page := o.edit(id, url.Values{
		"client_name": {"Second"}, "access_token_ttl": {"2 hours"}, "access_token_format": {"jwt"}, "owner": {""},
		"id": {"other"}, "client_id": {"other"}, "disabled": {"on"}, "owner_id": {"x"}, "created_at": {"2026-01-01T00:00:00Z"},
	})
	c := o.client(id)
	if !strings.Contains(page.Body, "have been saved") || c.Name != "Second" || c.AccessTokenTTL.Duration() != 2*time.Hour || c.AccessTokenFormat != oauth.JWT ||
		c.Disabled || c.OwnerID != "" || c.CreatedAt.Year() == 2026 && c.CreatedAt.YearDay() == 1 {
		t.Errorf("saved %+v", c)
	}
}

func TestFormThatIsOutOfDateIsRejected(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	first := o.open("applications/" + id + "/edit/")
	o.edit(id, url.Values{"client_name": {"Second"}})
	if page := o.Submit(first, controls(first.Body)); page.StatusCode != 409 || o.client(id).Name != "Second" {
		t.Errorf("got %s", page.Status)
	}
}

func TestClientTypeCannotBeChanged(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	if page := o.edit(id, url.Values{"client_type": {"public"}}); page.StatusCode != 422 || !strings.Contains(page.Body, "This cannot be changed") {
		t.Errorf("got %s", page.Status)
	}
	if c := o.client(id); c.Type != oauth.Confidential {
		t.Errorf("saved %+v", c)
	}
}

func TestOldSecretsExpireAfterTheOverlap(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	page := o.post("applications/"+id+"/secret/", url.Values{"overlap": {"1d"}})
	c := o.client(id)
	if !strings.Contains(page.Body, "The earlier secret is valid until ") || !strings.Contains(o.open("applications/"+id+"/").Body, "Several secrets are valid until ") {
		t.Error("the pages do not say how long both secrets are valid")
	}
	if !strings.Contains(page.Body, "lk_cs_") || len(c.Secrets) != 2 || c.Secrets[1].ExpiresAt.IsZero() || !c.Secrets[0].ExpiresAt.IsZero() {
		t.Errorf("after a rotation: %+v", c.Secrets)
	}
	o.post("applications/"+id+"/secret/", url.Values{"end": {c.Secrets[1].ID}})
	if c = o.client(id); len(c.Secrets) != 1 {
		t.Errorf("after revoking the old secret: %+v", c.Secrets)
	}
	if page := o.post("applications/"+id+"/secret/", url.Values{"end": {c.Secrets[0].ID}}); page.StatusCode != 409 {
		t.Errorf("revoking the only secret: %s", page.Status)
	}
}

func TestApplicationIsDisabledAndDeleted(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	o.post("applications/"+id+"/switch/", url.Values{"to": {"disabled"}})
	if !o.client(id).Disabled {
		t.Error("the application is not disabled")
	}
	if page := o.open("applications/" + id + "/delete/"); !strings.Contains(page.Body, "1 client secret stops working") {
		t.Errorf("the page does not list what is deleted: %s", page.Body)
	}
	o.post("applications/"+id+"/delete/", url.Values{})
	if _, err := o.Store.Client(context.Background(), id); err == nil {
		t.Error("the application is not deleted")
	}
	if page := o.open("applications/" + id + "/"); page.StatusCode != 404 {
		t.Errorf("the page of a deleted application: %s", page.Status)
	}
}

func TestPageOfAnApplicationWarnsOfWeakSettings(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.SkipAuthorization, c.CodeWithoutPKCE, c.ResponseTypes, c.RequestObjectAlg = true, true, []string{"code", "id_token"}, oauth.AlgNone
	})
	app, _ := o.AddClient("myapp:/cb", func(c *oauth.Client) {
		c.Type, c.GrantTypes, c.Secrets = oauth.Public, []string{oauth.GrantAuthorizationCode}, nil
	})
	local, _ := o.AddClient("http://127.0.0.1/cb", func(c *oauth.Client) {
		c.Type, c.GrantTypes, c.Secrets, c.SkipAuthorization = oauth.Public, []string{oauth.GrantAuthorizationCode}, nil, true
	})
	if body := o.open("applications/" + local.ID + "/").Body; strings.Contains(body, "consent is not requested") || !strings.Contains(body, "has no effect: people are asked for permission every time") {
		t.Error("the page says that a public application on a loopback address skips the consent page")
	}
	body := o.open("applications/"+c.ID+"/").Body + o.open("applications/"+app.ID+"/").Body
	for _, want := range []string{"other apps can claim the same scheme", "consent is not requested", "PKCE and nonce are not required", "tokens pass through the browser", "requests are not signed", "all scopes"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPagesOfAnApplicationSayWhatItMustKnow: after it was added, and later.
func TestPagesOfAnApplicationSayWhatItMustKnow(t *testing.T) {
	o := enter(t)
	ready := o.post("applications/add/", url.Values{
		"client_name": {"Shop"}, "client_type": {"confidential"}, "grant_types": {"authorization_code"}, "redirect_uris": {"https://app.example/cb"},
		"id_token_signed_response_alg": {"ES256"}, "save": {"1"},
	}).Body
	c, _ := o.AddClient("https://app.example/cb", nil)
	shown := o.open("applications/" + c.ID + "/").Body
	for _, want := range []string{o.Issuer + "/.well-known/openid-configuration", o.Issuer + "/token/", "client_secret_basic or client_secret_post", "a nonce can replace it"} {
		if !strings.Contains(ready, want) || !strings.Contains(shown, want) {
			t.Errorf("the pages lack %q", want)
		}
	}
	if !strings.Contains(ready, "ES256; many libraries expect RS256") || !strings.Contains(shown, "<dd>RS256</dd>") {
		t.Error("the pages lack the algorithm of ID tokens")
	}
}

func TestHostNamesOfAnApplicationCanBeRead(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://xn--bcher-kva.example/a,b", nil)
	if body := o.open("applications/" + c.ID + "/").Body; !strings.Contains(body, "https://xn--bcher-kva.example/a,b</bdi> <span class=\"muted\">(<bdi>https://bücher.example/a,b</bdi>)") {
		t.Errorf("the page is %s", body)
	}
}

// TestThePageOfAnApplicationBeginsWithItsState, and with how much it is used. Each number leads to the list
// that it counts.
func TestThePageOfAnApplicationBeginsWithItsState(t *testing.T) {
	o := enter(t)
	id := o.fill()["applications"]
	begin := func() string {
		head, _, _ := strings.Cut(o.open("applications/"+id+"/").Body, "<dl")
		return head
	}
	contains(t, begin(), `<span class="badge dot ok">Active</span>`, "Last used", "just now", "Logins in the last 7 days", "1 in the last 30 days", "Failures in the last 7 days",
		`/admin/attempts/?application=`+id+`&amp;from=`, "state=done", "state=failed", "People with a permission", `/admin/consents/?application=`+id)
	o.post("applications/"+id+"/switch/", url.Values{"to": {"paused"}})
	contains(t, begin(), `<span class="badge dot off">Disabled</span>`)
	contains(t, o.open("audit/").Body, "Disabled <a href=\"/admin/applications/"+id+"/\"><bdi>Shop</bdi>")
}
