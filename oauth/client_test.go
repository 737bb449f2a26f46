package oauth_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// TestClientIsTheSameAfterJSON shows that the JSON form has every field except
// the secrets (RFC 7591 §2).
func TestClientIsTheSameAfterJSON(t *testing.T) {
	want := storetest.FullClient(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret", "argon2id", "sealed", "hash"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the JSON form contains %q: %s", secret, text)
		}
	}
	var got oauth.Client
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want.Secrets, want.Offers = nil, nil
	if !reflect.DeepEqual(got, *want) {
		t.Errorf("got %+v\nwant %+v", got, *want)
	}
}

func TestClientMetadataHasTheNamesOfRFC7591(t *testing.T) {
	const text = `{"client_id":"c","client_name":"Shop","client_uri":"https://shop.example","logo_uri":"https://shop.example/l.png",
		"grant_types":[],"redirect_uris":["https://shop.example/cb"],"scope":"read write","response_types":["code","code id_token"],
		"access_token_ttl":3600,"default_max_age":0}`
	var c oauth.Client
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if c.Name != "Shop" || c.HomepageURL != "https://shop.example" || c.LogoURL == "" || !c.Scopes.Equal(oauth.Scopes{"read", "write"}) ||
		time.Duration(c.AccessTokenTTL) != time.Hour || c.DefaultMaxAge == nil {
		t.Errorf("got %+v", c)
	}
	again, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if json.Unmarshal(again, &got) != nil || json.Unmarshal([]byte(text), &want) != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %s", again)
	}
}

func TestLifetimeInJSONIsANumberOfSeconds(t *testing.T) {
	for _, wrong := range []string{`"1h"`, `1.5`, `3000000000`, `true`, `{}`} {
		var l oauth.Lifetime
		if err := json.Unmarshal([]byte(wrong), &l); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}

// RFC 7591 §2: a client without response_types uses code.
func TestClientMayUseTheResponseTypesThatItLists(t *testing.T) {
	var c oauth.Client
	if !c.AllowsResponseType("code") || c.AllowsResponseType("code id_token") {
		t.Error("without a list")
	}
	c.ResponseTypes = []string{"code id_token"}
	if c.AllowsResponseType("code") || !c.AllowsResponseType("code id_token") {
		t.Error("with a list")
	}
}
