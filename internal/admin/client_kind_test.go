package admin_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The form of a kind has only the fields that the kind needs, and the new application has
// the settings of the kind.
func TestFormAsksOnlyForWhatTheKindOfApplicationNeeds(t *testing.T) {
	o := enter(t)
	for _, kind := range clientfields.AppKinds() {
		page := o.open("applications/add/?kind=" + kind.Name)
		for _, f := range clientfields.All() {
			asked := kind.Asks(f.Name) && f.Name != "allowed_resources" // this server has no resources
			if there := strings.Contains(page.Body, ` name="`+f.Input()+`"`); f.Name != "client_id" && there != asked {
				t.Errorf("%s: %s is in the form: %v", kind.Name, f.Input(), there)
			}
		}
		fields := url.Values{"client_name": {"App"}}
		if kind.Asks("redirect_uris") && kind.Name != "mcp" {
			fields.Set("redirect_uris", "https://app.example/cb")
		}
		ready, secret := o.addKind(kind.Name, fields)
		c := o.client(submatch(t, ready.Body, `id="client_id" value="([^"]+)"`))
		want := new(oauth.Client)
		kind.Set(want)
		for _, f := range clientfields.All() {
			if !kind.Asks(f.Name) && f.Kind != clientfields.Kept && f.Name != "client_id" && !f.Equal(c, want) {
				t.Errorf("%s: %s is %q, want %q", kind.Name, f.Name, f.Get(c), f.Get(want))
			}
		}
		if (secret != "") != (c.Type == oauth.Confidential) || c.OwnerID == "" {
			t.Errorf("%s: saved %+v", kind.Name, c)
		}
	}
}

// An unknown kind, as in a link of another version, shows all fields.
func TestUnknownKindOfApplicationShowsAllFields(t *testing.T) {
	o := enter(t)
	if page := o.open("applications/add/?kind=toaster"); !strings.Contains(page.Body, `name="jwks"`) {
		t.Errorf("the page is %s", page.Body)
	}
}

// Nothing that was entered is lost when an administrator wants to see all fields.
func TestAllFieldsAreShownWithWhatWasEntered(t *testing.T) {
	o := enter(t)
	page := o.open("applications/add/?kind=spa")
	form := controls(page.Body)
	id := form.Get("client_id")
	form["client_name"], form["redirect_uris"], form["owner"], form["scope_choice"], form["scope"] = []string{"Cal"}, []string{"https://cal.example/cb"}, []string{"nobody"}, []string{"some"}, []string{"read"}
	form.Set("show_all", "1")
	page = o.Submit(page, form)
	all := controls(page.Body)
	for field, want := range map[string]string{"client_name": "Cal", "redirect_uris": "https://cal.example/cb", "owner": "nobody", "scope_choice": "some", "scope": "read", "client_type": "public", "client_id": id, "jwks_uri": ""} {
		if !all.Has(field) || all.Get(field) != want {
			t.Errorf("%s is %q, want %q", field, all[field], want)
		}
	}
	all.Set("owner", "root")
	all.Set("access_token_ttl", "5 minutes")
	all.Set("save", "1")
	if page = o.Submit(page, all); !strings.Contains(page.Body, "is ready") {
		t.Fatalf("got %s", page.Body)
	}
	if c := o.client(id); c.Type != oauth.Public || c.AccessTokenTTL == 0 || !slices.Equal(c.Scopes, oauth.Scopes{"read"}) {
		t.Errorf("saved %+v", c)
	}
}

// A new application gets the usual scopes, and never all of them by mistake.
func TestAllScopesAreAllowedOnlyIfThatIsChosen(t *testing.T) {
	usual := oauth.Scopes{"read", "write", "openid", "profile", "email", "offline_access"}
	for _, test := range []struct {
		name, kind string
		fields     url.Values
		want       oauth.Scopes
		status     int
	}{
		{"the default of a web app", "web", nil, usual, 200},
		{"the default of a machine", "machine", nil, oauth.Scopes{"read", "write"}, 200},
		{"a form without the choice", "web", url.Values{"scope_choice": nil, "scope": nil}, usual, 200},
		{"some", "web", url.Values{"scope_choice": {"some"}, "scope": {"openid", "read"}}, oauth.Scopes{"openid", "read"}, 200},
		{"selected, but the usual ones are chosen", "web", url.Values{"scope": {"address"}}, usual, 200},
		{"none", "web", url.Values{"scope_choice": {"some"}, "scope": nil}, nil, 422},
		{"an empty one", "web", url.Values{"scope_choice": {"some"}, "scope": {""}}, nil, 422},
		{"an unknown choice", "web", url.Values{"scope_choice": {"x"}, "scope": nil}, nil, 422},
		{"all", "web", url.Values{"scope_choice": {"all"}, "scope": {"read"}}, nil, 200},
	} {
		o := enter(t)
		page := o.open("applications/add/?kind=" + test.kind)
		form := controls(page.Body)
		form["client_name"], form["redirect_uris"], form["save"] = []string{"App"}, []string{"https://app.example/cb"}, []string{"1"}
		for name, values := range test.fields {
			if form[name] = values; values == nil {
				delete(form, name)
			}
		}
		response, err := o.PostForm(o.URL+"/admin/applications/add/", form)
		if err != nil {
			t.Fatal(err)
		}
		body := read(t, response)
		if response.StatusCode != test.status || test.status == 422 && !strings.Contains(body, "Select at least one scope") {
			t.Errorf("%s: %s", test.name, response.Status)
			continue
		}
		if test.status != 200 {
			continue
		}
		c := o.client(form.Get("client_id"))
		if len(c.Scopes) != len(test.want) || !c.Scopes.Covers(test.want) {
			t.Errorf("%s: the scopes are %v, want %v", test.name, c.Scopes, test.want)
		}
		// The form of the application shows the choice, and keeps it.
		o.edit(c.ID, nil)
		if after := o.client(c.ID); len(after.Scopes) != len(c.Scopes) || !after.Scopes.Covers(c.Scopes) {
			t.Errorf("%s: after saving again: %v", test.name, after.Scopes)
		}
	}
}

// Without default scopes, a machine has no usual scopes. An empty list would allow all.
func TestServerWithoutDefaultScopesOffersNoUsualOnes(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "admin", Description: "Everything", Optional: true}}
	})
	page := o.open("applications/add/?kind=machine")
	if strings.Contains(page.Body, `value="default"`) {
		t.Error("the usual scopes are offered")
	}
	for _, choice := range [][]string{nil, {"default"}, {"some"}} {
		form := controls(page.Body)
		form["client_name"], form["scope_choice"], form["save"] = []string{"App"}, choice, []string{"1"}
		response, err := o.PostForm(o.URL+"/admin/applications/add/", form)
		if err != nil {
			t.Fatal(err)
		}
		if body := read(t, response); response.StatusCode != 422 || !strings.Contains(body, "Select at least one scope") {
			t.Errorf("%v: %s", choice, response.Status)
		}
	}
}
