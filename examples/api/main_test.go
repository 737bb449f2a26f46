package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestAPIAcceptsOpaqueAndJWTAccessTokens(t *testing.T) {
	p := latchkeytest.New(t)
	api, apiSecret := p.AddClient("https://api.example/cb", func(c *oauth.Client) { c.ResourceServer = true })
	for format, verifier := range map[oauth.TokenFormat][]string{oauth.Opaque: {api.ID, apiSecret}, oauth.JWT: {"", ""}} {
		t.Run(string(format), func(t *testing.T) {
			site := httptest.NewServer(newAPI(newVerifier(p.Issuer, verifier[0], verifier[1])))
			t.Cleanup(site.Close)
			client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AccessTokenFormat = format })
			httpClient := (&clientcredentials.Config{ClientID: client.ID, ClientSecret: secret, TokenURL: p.Issuer + "/token/", Scopes: []string{"read"}}).Client(context.Background())
			for method, want := range map[string]int{http.MethodGet: 200, http.MethodPost: 403} {
				r, err := http.NewRequest(method, site.URL+"/notes", nil)
				if err != nil {
					t.Fatal(err)
				}
				response, err := httpClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if response.StatusCode != want || (want == 200 && string(body) != "GET by "+client.ID+"\n") {
					t.Errorf("%s: %d %s", method, response.StatusCode, body)
				}
			}
			if response, err := http.Get(site.URL + "/notes"); err != nil || response.StatusCode != 401 {
				t.Errorf("without a token: %v %v", response, err)
			}
		})
	}
}
