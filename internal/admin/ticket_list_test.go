package admin_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestUnfinishedRequestsAreListedByTypeAndApplication(t *testing.T) {
	o := enter(t)
	o.AddUser("ada", false)
	grants := func(c *oauth.Client) { c.GrantTypes = provider.GrantTypes() }
	first, secret := o.AddClient("https://app.example/cb", grants)
	second, _ := o.AddClient("https://app.example/cb", grants)
	request := url.Values{
		"response_type": {"code"}, "client_id": {first.ID}, "scope": {"read"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	page := o.open("requests/")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "There are no unfinished requests of this type") {
		t.Errorf("an empty list: %s", page.Body)
	}
	pushed := url.Values{"client_secret": {secret}}
	for name, values := range request {
		pushed[name] = values
	}
	push := func() (uri, link string) {
		answer, err := o.Provider.Browser().PostForm(o.Issuer+"/par/", pushed)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var body struct {
			RequestURI string `json:"request_uri"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || answer.StatusCode != 201 {
			t.Fatal(answer.Status, err)
		}
		return body.RequestURI, o.Issuer + "/authorize/?" + url.Values{"client_id": {first.ID}, "request_uri": {body.RequestURI}}.Encode()
	}
	uri, link := push()
	for query, wants := range map[string]string{
		"":                                "waiting",
		"?kind=pushed&q=" + first.ID:      "read",
		"?application=" + first.ID:        "1–1 of 1",
		"?application=" + second.ID:       "No requests match your search",
		"?kind=device":                    "There are no entries of this kind",
		"?kind=code":                      "There are no entries of this kind",
		"?kind=pushed&after=x&before=%27": "waiting",
	} {
		if page := o.open("requests/" + query); !strings.Contains(page.Body, wants) || strings.Contains(page.Body, uri) {
			t.Errorf("%q lacks %q: %s", query, wants, page.Body)
		}
	}
	if page := o.open("requests/?kind=assertion"); page.StatusCode != 404 {
		t.Errorf("a type that is not listed: %s", page.Status)
	}
	if code, err := o.Provider.Browser().Authorize(link, "ada"); err != nil || code == "" {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"?kind=pushed": "used", "?kind=code": "waiting"} {
		if page := o.open("requests/" + query); !strings.Contains(page.Body, ">"+want+"</td>") {
			t.Errorf("%q lacks %q: %s", query, want, page.Body)
		}
	}

	_, link = push()
	b := o.Provider.Browser()
	b.Open(link) // the login page
	rows := regexp.MustCompile(`name="request" value="([^"]+)"`).FindAllStringSubmatch(o.open("requests/").Body, -1)
	if len(rows) != 1 {
		t.Fatalf("%d requests can be cancelled", len(rows))
	}
	o.post("requests/", url.Values{"request": {rows[0][1]}, "do": {"cancel"}, "confirmed": {"yes"}})
	if page := b.Open(link); page.StatusCode != 409 || !strings.Contains(page.Body, "This request was canceled") {
		t.Errorf("the person sees %s: %s", page.Status, page.Body)
	}
	if page := o.open("attempts/?state=denied"); !strings.Contains(page.Body, "Refused") {
		t.Errorf("the attempt is not finished: %s", page.Body)
	}
}

func TestEveryListedTypeOfTicketHasALink(t *testing.T) {
	o := enter(t)
	page := o.open("requests/")
	for name := range provider.ListedTickets() {
		if !strings.Contains(page.Body, `href="?kind=`+name+`"`) {
			t.Errorf("the page has no link to %q", name)
		}
	}
	// The page begins with the first type that has entries.
	o.AddUser("ada", false)
	c, _ := o.AddClient("https://app.example/cb", nil)
	if _, err := o.Provider.Browser().Authorize(o.AuthorizationURL(c, "read"), "ada"); err != nil {
		t.Fatal(err)
	}
	if page := o.open("requests/"); !strings.Contains(page.Body, ">waiting</td>") || page.Request.URL.RawQuery != "kind=code" {
		t.Errorf("%s: %s", page.Request.URL, page.Body)
	}
}
