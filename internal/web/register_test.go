package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// With open registration, programs register without a token, so nobody is offered one.
func TestPersonGetsATokenThatRegistersAnApplicationOfTheirs(t *testing.T) {
	for policy, offered := range map[string]bool{provider.RegistrationToken: false, provider.RegistrationPerson: true, provider.RegistrationOpen: false} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Registration = policy })
		ada := p.AddUser("ada", false)
		b := p.Browser()
		page := b.LogIn(b.Open(p.Issuer+"/account/applications/"), "ada")
		if strings.Contains(page.Body, "Get a token") != offered {
			t.Errorf("%s: got %s", policy, page.Body)
		}
		page = b.Submit(page, url.Values{"action": {"register"}})
		token := regexp.MustCompile(`lk_rp_[-\w]+`).FindString(page.Body)
		if (token != "") != offered {
			t.Errorf("%s: the token is %q", policy, token)
		}
		if strings.Contains(b.Open(p.Issuer+"/account/applications/").Body, "lk_rp_") {
			t.Errorf("%s: the token is shown again", policy)
		}
		if !offered {
			continue
		}
		response, body := send(t, http.MethodPost, p.Issuer+"/register/", `{"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"none"}`,
			"Content-Type", "application/json", "Authorization", "Bearer "+token)
		_, rest, _ := strings.Cut(body, `"client_id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if response.StatusCode != http.StatusCreated {
			t.Fatalf("%s: got %s", policy, body)
		}
		if _, err := b.Authorize(authorizeURL(p, &oauth.Client{ID: id, RedirectURIs: []string{"https://app.example/cb"}}, nil), "ada"); err != nil {
			t.Fatal(err)
		}
		if c, err := p.Store.Client(t.Context(), id); err != nil || c.OwnerID != ada.ID {
			t.Errorf("%s: got %+v %v", policy, c, err)
		}
	}
}

// Administrators can choose the people who register applications, by a group.
func TestOnlyDevelopersAreOfferedATokenIfTheyAreChosen(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Registration, o.Developers = provider.RegistrationPerson, "group:developers"
	})
	p.AddUser("ada", false)
	group := &account.Group{Name: "developers"}
	if err := p.Accounts.CreateGroup(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Accounts.AddMembers(t.Context(), group.ID, p.AddUser("dora", false).ID); err != nil {
		t.Fatal(err)
	}
	for name, offered := range map[string]bool{"ada": false, "dora": true} {
		b := p.Browser()
		page := b.LogIn(b.Open(p.Issuer+"/account/applications/"), name)
		if strings.Contains(page.Body, "Register applications") != offered {
			t.Errorf("%s: got %s", name, page.Body)
		}
		page = b.Submit(page, url.Values{"action": {"register"}})
		if strings.Contains(page.Body, "lk_rp_") != offered {
			t.Errorf("%s got a token: %t", name, !offered)
		}
	}
}

// A closed server answers in the format that applications expect.
func TestClosedRegistrationIsAnsweredInJSON(t *testing.T) {
	p := latchkeytest.New(t)
	response, body := send(t, http.MethodPost, p.Issuer+"/register", `{}`, "Content-Type", "application/json")
	if response.StatusCode != http.StatusForbidden || !strings.Contains(body, `"error":"access_denied"`) {
		t.Errorf("got %s %s", response.Status, body)
	}
	if _, body := send(t, http.MethodGet, p.Issuer+"/.well-known/openid-configuration", ""); strings.Contains(body, "registration_endpoint") {
		t.Errorf("the metadata names it: %s", body)
	}
}

func TestLongMetadataIsNotRead(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Registration = provider.RegistrationOpen })
	response, body := send(t, http.MethodPost, p.Issuer+"/register/", `{"client_name":"`+strings.Repeat("x", oauth.MaxParamsLength)+`"}`, "Content-Type", "application/json")
	if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, "longer than") {
		t.Errorf("got %s %s", response.Status, body)
	}
}

func TestTooManyRequestsWithoutASecretAreAnsweredWith429(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Registration, o.RegistrationLimit, o.PublicRequestLimit = provider.RegistrationOpen, 1, 1
	})
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode, oauth.GrantDeviceCode}
	})
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	for _, c := range []struct {
		path, mediaType, body string
		first                 int
	}{
		{"/register/", "application/json", `{"redirect_uris":["https://app.example/cb"]}`, http.StatusCreated},
		{"/device-authorization/", form, "client_id=" + client.ID, http.StatusOK},
		{"/par/", form, "response_type=code&code_challenge_method=S256&code_challenge=" + challenge + "&client_id=" + client.ID, http.StatusCreated},
	} {
		for _, want := range []int{c.first, http.StatusTooManyRequests} {
			response, body := send(t, http.MethodPost, p.Issuer+c.path, c.body, "Content-Type", c.mediaType)
			if response.StatusCode != want || (response.Header.Get("Retry-After") != "") != (want == http.StatusTooManyRequests) {
				t.Errorf("%s: got %s, want %d: %s", c.path, response.Status, want, body)
			}
		}
	}
}
