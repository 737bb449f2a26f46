package admin_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A change that can lock people out is shown before it is saved, with what it replaces.
func TestRiskyChangeIsSavedOnlyAfterItsReview(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.RedirectURIs = append(c.RedirectURIs, "https://app.example/old") })
	form := controls(o.open("applications/" + c.ID + "/edit/").Body)
	form.Set("client_name", "Renamed")
	form.Set("redirect_uris", "https://app.example/cb")
	form.Set("save", "1")
	page := o.open("applications/" + c.ID + "/edit/")
	review := o.Browser.Submit(page, form)
	if review.StatusCode != 200 || !strings.Contains(review.Body, "<code>https://app.example/old</code>") || !strings.Contains(review.Body, "Requests that use a removed value are rejected") {
		t.Fatalf("the review: %s %s", review.Status, review.Body)
	}
	if got := o.client(c.ID); got.Name != c.Name || len(got.RedirectURIs) != 2 {
		t.Fatalf("saved without a review: %+v", got)
	}
	again := o.Browser.Submit(review, url.Values{"again": {"1"}})
	if typed := controls(again.Body); typed.Get("client_name") != "Renamed" || typed.Get("redirect_uris") != "https://app.example/cb" || o.client(c.ID).Name == "Renamed" {
		t.Errorf("after the review, the form has %v", typed)
	}
	saved := o.Browser.Submit(review, url.Values{"confirmed": {"yes"}})
	if got := o.client(c.ID); !strings.Contains(saved.Body, "have been saved") || got.Name != "Renamed" || !slices.Equal(got.RedirectURIs, []string{"https://app.example/cb"}) {
		t.Errorf("after the review: %s %+v", saved.Status, got)
	}
}

// A review does not make mistakes valid.
func TestReviewDoesNotReplaceTheCheckOfTheForm(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	if page := o.edit(id, url.Values{"redirect_uris": {""}, "confirmed": {"yes"}}); page.StatusCode != 422 {
		t.Errorf("got %s", page.Status)
	}
}

// Two administrators edit an application at the same time. The second one keeps
// what was entered, and sees what the first one has saved.
func TestFormThatIsOutOfDateShowsWhatOthersHaveSaved(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	page := o.open("applications/" + id + "/edit/")
	o.edit(id, url.Values{"client_name": {"Of the first"}})
	form := controls(page.Body)
	form.Set("client_name", "Of the second")
	form.Set("client_uri", "https://second.example")
	form.Set("save", "1")
	stale := o.Submit(page, form)
	if stale.StatusCode != 409 || !strings.Contains(stale.Body, `<a href="#client_name">Name</a>: <code>Of the first</code>`) || strings.Contains(stale.Body, `<a href="#access_token_format">`) || o.client(id).Name != "Of the first" {
		t.Fatalf("got %s %s", stale.Status, stale.Body)
	}
	typed := controls(stale.Body)
	if typed.Get("client_name") != "Of the second" || typed.Get("client_uri") != "https://second.example" {
		t.Errorf("the form has %v", typed)
	}
	typed.Set("save", "1")
	if saved := o.Submit(stale, typed); !strings.Contains(saved.Body, "have been saved") || o.client(id).Name != "Of the second" {
		t.Errorf("saving again: %s", saved.Status)
	}
}

// The summary above a form lists the errors in the order of the fields, and each field
// refers to its error (WCAG 2.2, 3.3.1).
func TestSummaryOfErrorsIsInTheOrderOfTheFields(t *testing.T) {
	o := enter(t)
	for path, test := range map[string]struct {
		fields url.Values
		want   []string
	}{
		"users/add/":        {url.Values{"username": {"a b"}, "email": {"x"}, "password": {"short"}, "claims": {"x"}}, []string{"username", "email", "claims", "password"}},
		"registration/":     {url.Values{"name": {""}, "uses": {"x"}, "days": {"x"}}, []string{"name", "uses", "days"}},
		"invitations/":      {url.Values{"email": {"x"}, "note": {strings.Repeat("x", 300)}}, nil},
		"applications/add/": {url.Values{"client_name": {""}, "redirect_uris": {"x"}, "access_token_ttl": {"x"}, "logo_uri": {"ftp://x"}}, []string{"client_name", "logo_uri", "redirect_uris", "access_token_ttl"}},
	} {
		page := o.post(path, test.fields)
		_, summary, _ := strings.Cut(page.Body, `class="notice bad" role="alert"`)
		summary, _, _ = strings.Cut(summary, "</ul>")
		var got []string
		for _, part := range strings.Split(summary, `href="#`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			if len(got) == 0 || got[len(got)-1] != id {
				got = append(got, id)
			}
			if !strings.Contains(page.Body, id+`-error"`) || !strings.Contains(page.Body, `id="`+id+`-error"`) {
				t.Errorf("%s: the field %s does not refer to its error", path, id)
			}
		}
		if page.StatusCode != 422 || test.want != nil && !slices.Equal(got, test.want) || len(got) == 0 {
			t.Errorf("%s: %s: got %q, want %q", path, page.Status, got, test.want)
		}
	}
}

// TestUserIsSavedOnlyAfterTheReviewOfAChangeThatLocksThemOut: another username or address, or a removed role.
// Nothing that was typed is lost, and other changes need no review.
func TestUserIsSavedOnlyAfterTheReviewOfAChangeThatLocksThemOut(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", true)
	path := "users/" + ada.ID + "/"
	edit := func(fields url.Values) latchkeytest.Page {
		page := o.open(path)
		form := controls(page.Body)
		for name, values := range fields {
			form[name] = values
		}
		return o.Browser.Submit(page, form)
	}
	for _, harmless := range []url.Values{{"name": {"Ada"}, "email": {"ada@example.com"}}, {"username": {"Ada"}}, {"username": {"ada"}}} {
		if page := edit(harmless); !strings.Contains(page.Body, "have been saved") {
			t.Fatalf("%v, which locks nobody out: %s", harmless, page.Body)
		}
	}
	if page := edit(url.Values{"username": {"lovelace"}, "email": {"ada@"}}); !strings.Contains(page.Body, "Enter a valid email address.") {
		t.Errorf("a mistake is reported only after the review: %s", page.Body)
	}
	review := edit(url.Values{"name": {"Countess"}, "username": {"lovelace"}, "email": {""}, "role": nil})
	contains(t, review.Body, "Review the changes to", "<code>lovelace</code>", "cannot reset the password by email", "loses the rights")
	if u := o.user("ada"); u.Name != "Ada" || u.Email == "" || !u.Admin {
		t.Fatalf("saved without a review: %+v", u)
	}
	if typed := controls(o.Browser.Submit(review, url.Values{"again": {"1"}}).Body); typed.Get("username") != "lovelace" || typed.Get("name") != "Countess" {
		t.Errorf("after the review, the form has %v", typed)
	}
	o.Browser.Submit(review, url.Values{"confirmed": {"yes"}})
	if u := o.user("lovelace"); u.ID != ada.ID || u.Email != "" || u.Admin || u.Name != "Countess" {
		t.Errorf("after the review: %+v", u)
	}
}

// TestAnApprovalDoesNotCoverTheImageOfTheLogo: the form for the approval contains a note about it.
func TestAnApprovalDoesNotCoverTheImageOfTheLogo(t *testing.T) {
	o := enter(t)
	for _, logo := range []string{"", "https://shop.example/logo.png"} {
		c, _ := o.AddClient("https://shop.example/cb", func(c *oauth.Client) {
			c.OwnerID, c.RegisteredByPerson, c.Review, c.LogoURL = o.user("root").ID, true, oauth.ReviewWaiting, logo
		})
		if page := o.open("applications/" + c.ID + "/").Body; strings.Contains(page, "You approve the address of the logo.") != (logo != "") || !strings.Contains(page, `name="approve"`) {
			t.Errorf("with the logo %q: %s", logo, page)
		}
	}
}
