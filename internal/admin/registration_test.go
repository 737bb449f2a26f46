package admin_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// register registers an application with a token, and returns the status.
func (o office) register(token string) (status int, body string) {
	o.t.Helper()
	r, err := http.NewRequest(http.MethodPost, o.Issuer+"/register/", strings.NewReader(`{"client_name":"Robot","redirect_uris":["https://robot.example/cb"],"token_endpoint_auth_method":"none"}`))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestInitialAccessTokenIsShownOnceAndRegistersAnApplication(t *testing.T) {
	o := enter(t, func(options *latchkey.Options) { options.Registration = provider.RegistrationToken })
	if page := o.post("registration/", url.Values{"name": {""}, "uses": {"0"}, "days": {"many"}}); page.StatusCode != 422 || strings.Count(page.Body, "error-text") != 3 {
		t.Errorf("wrong values: %s", page.Status)
	}
	page := o.post("registration/", url.Values{"name": {"Robots"}, "uses": {"2"}, "days": {"0.5"}})
	found := regexp.MustCompile(`lk_ia_\w+`).FindString(page.Body)
	if status, body := o.register(found); status != http.StatusCreated {
		t.Fatalf("got %d %s", status, body)
	}
	page = o.open("registration/")
	if strings.Contains(page.Body, "lk_ia_") || !strings.Contains(page.Body, "1 of 2") {
		t.Errorf("got %s", page.Body)
	}
	id := regexp.MustCompile(`name="revoke" value="([-0-9a-f]{36})"`).FindStringSubmatch(page.Body)[1]
	if page := o.post("registration/", url.Values{"revoke": {id}}); !strings.Contains(page.Body, "has been revoked") || strings.Contains(page.Body, "Robots") {
		t.Errorf("after the revocation: %s", page.Body)
	}
	if status, body := o.register(found); status != http.StatusUnauthorized {
		t.Errorf("with the revoked token: %d %s", status, body)
	}
}

func TestApplicationsCanBeFoundByHowTheyWereAdded(t *testing.T) {
	o := enter(t)
	sealed := oauth.RegistrationPrefix + strings.Repeat("A", 30)
	for _, c := range []*oauth.Client{
		{ID: "shop", Name: "by hand"},
		{ID: "https://hand.example/client", Name: "a URL by hand"},
		{ID: sealed + "1", Name: "registered"},
		{ID: sealed + "2", Name: "owned", OwnerID: "ada-id"},
		{ID: "https://app.example/client", Name: "documented", DocumentFetchedAt: time.Now()},
	} {
		if err := o.Store.CreateClient(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	rows := regexp.MustCompile(`<th scope="row"><a [^>]*><bdi>([^<]*)`)
	for added, want := range map[string]string{
		"": "a URL by hand,by hand,documented,owned,registered", "administrator": "a URL by hand,by hand",
		"registration": "registered", "person": "owned", "document": "documented",
	} {
		var found []string
		for _, row := range rows.FindAllStringSubmatch(o.open("applications/?added="+added).Body, -1) {
			found = append(found, row[1])
		}
		if strings.Join(found, ",") != want {
			t.Errorf("added by %q: %q, want %s", added, found, want)
		}
	}
	for _, added := range []string{"registration", "person", "document"} {
		if link := "applications/?added=" + added; !strings.Contains(o.open("registration/").Body, link) {
			t.Errorf("the page has no link %s", link)
		}
	}
}

func TestRegistrationPageWarnsOfOpenRegistration(t *testing.T) {
	for _, test := range []struct {
		change func(*latchkey.Options)
		ids    []string
	}{
		{func(*latchkey.Options) {}, nil},
		{func(o *latchkey.Options) { o.Registration = provider.RegistrationPerson }, nil},
		{func(o *latchkey.Options) { o.ClientDocumentsAllow = []string{"app.example"} }, nil},
		{func(o *latchkey.Options) { o.Registration = provider.RegistrationOpen }, []string{"LK045"}},
		{func(o *latchkey.Options) { o.ClientDocuments, o.RegistrationLimit = provider.DocumentsAllow, -1 }, []string{"LK047"}},
		{func(o *latchkey.Options) {
			o.Registration, o.RegistrationLimit, o.ClientDocuments = provider.RegistrationOpen, -1, provider.DocumentsAllow
		}, []string{"LK045", "LK046", "LK047"}},
	} {
		o := enter(t, test.change)
		if found := regexp.MustCompile(`LK\d+`).FindAllString(o.open("registration/").Body, -1); !slices.Equal(found, test.ids) {
			t.Errorf("the page shows %v, want %v", found, test.ids)
		}
		if home := o.open("").Body; strings.Contains(home, " warning") != (len(test.ids) > 0) {
			t.Errorf("with %v, the first page is %s", test.ids, home)
		}
	}
}

// TestRegistrationAccessTokenIsRevokedOnThePageOfTheApplication, once.
func TestRegistrationAccessTokenIsRevokedOnThePageOfTheApplication(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://robot.example/cb", func(c *oauth.Client) { c.ID = oauth.RegistrationPrefix + strings.Repeat("A", 30) })
	page := "applications/" + c.ID + "/"
	if shown := o.open(page); !strings.Contains(shown.Body, `action="/admin/applications/`+c.ID+`/registration-token/"`) {
		t.Errorf("the page: %s", shown.Body)
	}
	if answer := o.post(page+"registration-token/", url.Values{}); !strings.Contains(answer.Body, "has been revoked") || strings.Contains(answer.Body, "/registration-token/") || !strings.Contains(answer.Body, "can no longer change its own registration") {
		t.Errorf("got %s %s", answer.Status, answer.Body)
	}
	if stored, err := o.Store.Client(t.Context(), c.ID); err != nil || stored.RegistrationTokenRevokedAt.IsZero() {
		t.Errorf("stored: %+v, %v", stored, err)
	}
	added, _ := o.AddClient("https://shop.example/cb", nil)
	if shown := o.open("applications/" + added.ID + "/"); strings.Contains(shown.Body, "/registration-token/") {
		t.Error("the page of another application has the button")
	}
	if answer := o.postTo("applications/"+added.ID+"/registration-token/", url.Values{}); answer.StatusCode < 400 {
		t.Errorf("of another application: %s", answer.Status)
	}
}
