package admin_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestKeysAreRotatedAndRetired(t *testing.T) {
	o := enter(t)
	if page := o.open("keys/"); strings.Count(page.Body, ">active<") != 1 {
		t.Fatalf("the first key: %s", page.Body)
	}
	if page := o.post("keys/", url.Values{"alg": {"ES256"}}); !strings.Contains(page.Body, ">published<") || !strings.Contains(page.Body, "replaces the current key after one hour") {
		t.Errorf("after the rotation: %s", page.Body)
	}
	if page := o.post("keys/", url.Values{"alg": {"ES256"}}); page.StatusCode != 409 {
		t.Errorf("a second rotation before the new key signs: got %s", page.Status)
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
		t.Errorf("after retiring a stolen key: %s", page.Body)
	}
	o.AddClient("https://agent.example/cb", func(c *oauth.Client) {
		c.Name, c.Scopes, c.AccessTokenFormat = "Agent", oauth.Scopes{"read"}, oauth.JWT
	})
	o.AddClient("https://job.example/cb", func(c *oauth.Client) {
		c.Name, c.Scopes, c.GrantTypes = "Night job", oauth.Scopes{"read"}, []string{oauth.GrantClientCredentials}
	})
	if page := o.open("keys/"); !strings.Contains(page.Body, "<bdi>Agent</bdi>") || strings.Contains(page.Body, "Night job") {
		t.Errorf("the applications whose tokens the keys sign: %s", page.Body)
	}
	for range 53 { // more than are listed
		o.AddClient("https://web.example/cb", nil)
	}
	if page := o.open("keys/"); !strings.Contains(page.Body, "<summary>and 51 more applications</summary>") || !strings.Contains(page.Body, "<li>and 4 more applications</li>") {
		t.Errorf("the applications whose tokens the keys sign: %s", page.Body)
	}
	if page := o.open("keys/none/retire/"); page.StatusCode != 404 {
		t.Errorf("an unknown key: got %s", page.Status)
	}
}
