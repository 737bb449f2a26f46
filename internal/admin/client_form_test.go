package admin_test

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

var (
	credential = regexp.MustCompile(`id="client_(id|secret)"[^>]* value="([^"]+)"`)
	control    = regexp.MustCompile(`(?s)<input [^>]*>|<textarea [^>]*>.*?</textarea>|<select .*?</select>`)
	nameOf     = regexp.MustCompile(` name="([^"]*)"`)
	valueOf    = regexp.MustCompile(` value="([^"]*)"`)
	textareaOf = regexp.MustCompile(`(?s)>(.*)</textarea>`)
	selectedOf = regexp.MustCompile(`<option[^>]* selected>([^<]*)<`)
)

// controls returns what a browser sends if a person changes nothing in a form.
func controls(page string) url.Values {
	form := url.Values{}
	for _, element := range control.FindAllString(page, -1) {
		name, value := nameOf.FindStringSubmatch(element), valueOf.FindStringSubmatch(element)
		switch {
		case name == nil:
			continue
		case strings.HasPrefix(element, "<textarea"):
			value = textareaOf.FindStringSubmatch(element)
		case strings.HasPrefix(element, "<select"):
			value = selectedOf.FindStringSubmatch(element)
		case strings.Contains(element, `type="checkbox"`), strings.Contains(element, `type="radio"`):
			if !strings.Contains(element, " checked") {
				continue
			}
			if value == nil {
				value = []string{"", "on"}
			}
		}
		if value == nil {
			value = []string{"", ""}
		}
		form.Add(name[1], html.UnescapeString(value[1]))
	}
	return form
}

// add adds an application, and returns the page that follows and the credentials
// of the form.
func (o office) add(fields url.Values) (page latchkeytest.Page, id, secret string) {
	o.t.Helper()
	page = o.open("applications/add/?kind=other")
	found := credential.FindAllStringSubmatch(page.Body, -1)
	if len(found) != 2 {
		o.t.Fatalf("no credentials in the form: %s", page.Body)
	}
	form := controls(page.Body)
	form["client_name"], form["redirect_uris"], form["save"] = []string{"My app"}, []string{"https://app.example/cb\r\nhttps://app.example/b"}, []string{"1"}
	for name, values := range fields {
		form[name] = values
	}
	return o.Submit(page, form), found[0][2], found[1][2]
}

// edit changes fields in the form of an application.
func (o office) edit(id string, fields url.Values) latchkeytest.Page {
	o.t.Helper()
	page := o.open("applications/" + id + "/edit/")
	form := controls(page.Body)
	for name, values := range fields {
		form[name] = values
	}
	return o.Submit(page, form)
}

func (o office) client(id string) *oauth.Client {
	o.t.Helper()
	c, err := o.Store.Client(context.Background(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// TestFormSavesWhatItShows saves the form of an application without a change,
// and then no field has changed.
func TestFormSavesWhatItShows(t *testing.T) {
	o := enter(t)
	root, err := o.Store.UserByName(context.Background(), "root")
	if err != nil {
		t.Fatal(err)
	}
	var age int64
	before, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.HomepageURL, c.LogoURL, c.OwnerID = "https://app.example/?a=1&b=2", "https://app.example/l.png", root.ID
		c.RedirectURIs = append(c.RedirectURIs, "https://app.example/b")
		c.PostLogoutRedirectURIs, c.AllowedOrigins = []string{"https://app.example/bye"}, []string{"https://spa.example"}
		c.Scopes, c.DefaultScopes = oauth.Scopes{"read", "write", "openid"}, oauth.Scopes{"read"}
		c.SkipAuthorization, c.RequirePKCE, c.ResourceServer, c.RequireRequestObject = true, true, true, true
		c.AccessTokenFormat, c.AccessTokenTTL, c.RefreshTokenIdleTTL, c.RefreshTokenTTL = oauth.JWT, oauth.Lifetime(90*time.Minute), oauth.Lifetime(time.Hour), oauth.Lifetime(24*time.Hour)
		c.ResponseTypes, c.DefaultMaxAge = []string{"code", "code id_token"}, &age
		c.IDTokenAlg, c.UserInfoAlg, c.RequestObjectAlg = oauth.AlgRS256, oauth.AlgES256, oauth.AlgPS256
		c.IDTokenEncAlg, c.IDTokenEncEnc, c.UserInfoEncAlg, c.UserInfoEncEnc = "ECDH-ES", "A256GCM", "RSA-OAEP-256", "A128GCM"
		c.SubjectType, c.SectorIdentifierURI = oauth.SubjectPairwise, "https://sector.example/"
		c.JWKSURI, c.RequestURIs = "https://app.example/jwks", []string{"https://app.example/r"}
		c.BackchannelLogoutURI, c.FrontchannelLogoutURI = "https://app.example/back", "https://app.example/front"
	})
	if page := o.edit(before.ID, nil); !strings.Contains(page.Body, "have been saved") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	after := o.client(before.ID)
	for _, f := range clientfields.All() {
		if !f.Equal(before, after) && f.Name != "version" && f.Name != "updated_at" {
			t.Errorf("%s: %q becomes %q", f.Name, f.Get(before), f.Get(after))
		}
	}
	if after.Version == before.Version || len(after.Secrets) != 1 {
		t.Errorf("saved %+v", after)
	}
}

func TestFormHasEveryFieldThatAPersonSets(t *testing.T) {
	o := enter(t)
	page := o.open("applications/add/?kind=other")
	for _, g := range clientfields.Groups() {
		for _, f := range g.Fields {
			if there := strings.Contains(page.Body, ` name="`+f.Input()+`"`); there == g.Status {
				t.Errorf("%s is in the form: %v", f.Input(), there)
			}
		}
	}
	if strings.Count(page.Body, ` name="grant_types"`) < 3 {
		t.Error("the grant types are not listed")
	}
}

func TestMistakesAreReportedAndTheInputIsKept(t *testing.T) {
	o := enter(t)
	page, _, _ := o.add(url.Values{
		"client_name": {" "}, "owner": {"nobody"}, "redirect_uris": {"http://app.example/cb javascript:x"}, "allowed_origins": {"https://app.example/path"},
		"logo_uri": {"ftp://x"}, "access_token_ttl": {"soon"}, "client_uri": {"https://home.example"}, "scope_choice": {"some"}, "scope": {"read"}, "default_scope": {"write"},
	})
	if page.StatusCode != 422 {
		t.Fatalf("got %s", page.Status)
	}
	for _, message := range []string{
		"Enter a name", "No user has this username", "uses http", "scheme javascript", "not an origin", "Enter an https URL",
		"Enter a time such as", "must be among the allowed scopes",
	} {
		if !strings.Contains(page.Body, message) {
			t.Errorf("the page lacks %q", message)
		}
	}
	form := controls(page.Body)
	for field, value := range map[string]string{
		"client_uri": "https://home.example", "logo_uri": "ftp://x", "redirect_uris": "http://app.example/cb javascript:x",
		"access_token_ttl": "soon", "owner": "nobody", "scope": "read", "default_scope": "write", "client_type": "confidential",
	} {
		if !slices.Contains(form[field], value) {
			t.Errorf("%s has %q, want %q", field, form[field], value)
		}
	}
}

func TestOneClickAddsTheRedirectURIOfTheConsumer(t *testing.T) {
	o := enter(t)
	page, _, _ := o.add(url.Values{"redirect_uris": {""}})
	if !strings.Contains(page.Body, "requires at least one redirect URI") {
		t.Error("an application without a redirect URI is saved")
	}
	page, id, secret := o.add(url.Values{"redirect_uris": {"https://app.example/cb"}, "use_consumer": {"1"}})
	form := controls(page.Body)
	if got := form.Get("redirect_uris"); got != "https://app.example/cb\nhttp://localhost:8001/consumer/exchange/" {
		t.Errorf("the form has %q", got)
	}
	if form.Get("client_id") != id || form.Get("client_secret") != secret || form.Get("client_name") != "My app" {
		t.Errorf("the input is lost: %v", form)
	}
	// A second click adds nothing.
	form.Set("use_consumer", "1")
	if got := controls(o.Submit(page, form).Body).Get("redirect_uris"); strings.Count(got, "consumer") != 1 {
		t.Errorf("the form has %q", got)
	}
}

// TestRegisteredResourcesAreChoices: saving the form must not drop a resource that
// is no longer registered, because an application without a list may request all.
func TestRegisteredResourcesAreChoices(t *testing.T) {
	for _, registered := range [][]oauth.ResourceInfo{nil, {{URI: "https://a.example", Name: "Resource A"}, {URI: "https://b.example"}}} {
		o := enter(t, func(o *latchkey.Options) { o.Resources = registered })
		c, _ := o.AddInvalidClient("https://app.example/cb", func(c *oauth.Client) { c.Resources = []string{"https://b.example", "https://old.example"} })
		page := o.open("applications/" + c.ID + "/edit/")
		if strings.Contains(page.Body, "Resource A") != (registered != nil) {
			t.Errorf("with the resources %v the form is %s", registered, page.Body)
		}
		o.edit(c.ID, nil)
		if got := o.client(c.ID).Resources; !slices.Equal(got, c.Resources) {
			t.Errorf("after saving: %v", got)
		}
		o.edit(c.ID, url.Values{"allowed_resources": {"https://a.example"}})
		if got := o.client(c.ID).Resources; !slices.Equal(got, []string{"https://a.example"}) {
			t.Errorf("after a change: %v", got)
		}
	}
}
