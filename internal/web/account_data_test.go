package web_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// The file has everything that is stored about the person, and nothing about others. It
// contains no secret: neither the hash of the password nor tokens.
func TestPeopleDownloadTheirData(t *testing.T) {
	p, _, ada, refresh := newLeaver(t, nil)
	p.AddUser("bob-the-other", false)
	bob := visitAccount(t, p, "bob-the-other")
	if _, err := bob.Authorize(p.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {refresh.Get("client_id")}, "redirect_uri": {"https://app.example/cb"}, "scope": {"read"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode(), "bob-the-other"); err != nil {
		t.Fatal(err)
	}
	page := ada.Submit(ada.at("data/"), url.Values{})
	if page.StatusCode != 200 || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Content-Disposition") != `attachment; filename="account.json"` || page.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %s %v %s", page.Status, page.Header, page.Body)
	}
	var data web.PersonData
	if err := json.Unmarshal([]byte(page.Body), &data); err != nil {
		t.Fatal(err)
	}
	if data.Username != "ada" || data.Email != "ada@x.example" || !data.EmailVerified || !data.HasPassword || len(data.Sessions) != 1 || data.Sessions[0].UserAgent == "" || data.Sessions[0].Applications == nil {
		t.Errorf("got %s", page.Body)
	}
	if len(data.Consents) != 1 || data.Consents[0].ClientID != refresh.Get("client_id") || len(data.Access) != 1 || len(data.Tokens) != 1 || data.Factors == nil || data.Applications == nil || data.Incomplete != nil {
		t.Errorf("got %s", page.Body)
	}
	for _, secret := range []string{"argon2", "lk_rt", "lk_at", latchkeytest.Password, refresh.Get("refresh_token"), "bob-the-other"} {
		if strings.Contains(page.Body, secret) {
			t.Errorf("the file contains %q: %s", secret, page.Body)
		}
	}
	if response, _ := browserSends(t, ada.Browser, "POST", p.Issuer+"/account/data/", "", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); response.StatusCode != 403 {
		t.Errorf("from another site: %s", response.Status)
	}
}
