package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestFaultsOfResourcesAreAllReported(t *testing.T) {
	config := provider.Config{Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32)}
	config.Scopes = []oauth.ScopeInfo{{Name: "read"}, {Name: "groups", Claims: []string{"groups"}}, {Name: "https://a.example#read"}}
	config.Resources = []oauth.ResourceInfo{
		{URI: "https://a.example"},
		{URI: "HTTPS://A.example/"},
		{URI: issuer + "/"},
		{URI: "api"},
		{URI: "https://b.example#"},
		{URI: "https://c.example", Scopes: oauth.Scopes{"other", "openid", "groups"}, TokenFormat: "xml", SigningAlg: "HS256", AccessTokenTTL: -time.Second},
		{URI: "https://d.example", Name: "a\x00b", AccessTokenTTL: 31 * 24 * time.Hour},
	}
	_, err := provider.New(ctx, config)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`"HTTPS://A.example/": the URI is already in the list`, `"` + issuer + `/": the URI is that of the server itself`,
		`"api": it is not an absolute URI`, `"https://b.example#": it is not an absolute URI`,
		`the scope "other" is not one of the scopes of the server`, `the scope "openid" is about the person`, `the scope "groups" releases claims`,
		`the name of the scope "https://a.example#read" begins with this URI`,
		`the token format "xml" is not one of opaque, jwt`, `the signing algorithm "HS256" is not one of`, `the access token lifetime is -1s`,
		`"https://d.example": its name:`, `the access token lifetime is 744h0m0s`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

// RFC 9728 §4.
func TestTheMetadataListsTheResources(t *testing.T) {
	doc, err := resourceHouse(t, nil).Metadata()
	if err != nil || !strings.Contains(string(doc.Body), `"protected_resources":["`+issuer+`","`+mcp+`","`+files+`"]`) {
		t.Errorf("got %s %v", doc.Body, err)
	}
}
