package latchkey_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestAnAPIOfTheSameProgramLearnsTheActor of an exchanged token (RFC 8693 §4.1).
func TestAnAPIOfTheSameProgramLearnsTheActor(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.ServiceUserID = []string{oauth.GrantClientCredentials, oauth.GrantTokenExchange}, ada.ID
	})
	first := clientToken(t, p, client.ID, secret)
	response, err := http.PostForm(p.Issuer+"/token", url.Values{
		"grant_type": {oauth.GrantTokenExchange}, "client_id": {client.ID}, "client_secret": {secret},
		"subject_token": {first}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var exchanged struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&exchanged); err != nil {
		t.Fatal(err)
	}
	for token, actor := range map[string]*resource.Actor{first: nil, exchanged.AccessToken: {Subject: client.ID}} {
		var seen *resource.Token
		api := p.Server.Require("read")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen, _ = resource.FromContext(r.Context()) }))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		api.ServeHTTP(httptest.NewRecorder(), r)
		if seen == nil || seen.Subject != ada.ID || (seen.Actor == nil) != (actor == nil) || actor != nil && *seen.Actor != *actor {
			t.Errorf("got %+v, want the actor %+v", seen, actor)
		}
	}
}
