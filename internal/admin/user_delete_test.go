package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestAdministratorSeesWhatIsDeletedWithAUser(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	client, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.OwnerID = ada.ID })
	b := o.Provider.Browser()
	if _, err := b.Authorize(o.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {"https://app.example/cb"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode(), "ada"); err != nil {
		t.Fatal(err)
	}
	page := o.open("users/" + ada.ID + "/delete/")
	for _, want := range []string{"Delete <bdi>ada</bdi>?", "1 login session<", "1 consent<", "1 application remains, and then nobody", "Disable the user instead", "Disable, keep tokens"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q: %s", want, page.Body)
		}
	}
	page.Body = "" // without the answer to its question
	if page = o.Browser.Submit(page, url.Values{}); !strings.Contains(page.Body, "Delete <bdi>ada</bdi>?") {
		t.Errorf("not asked: %s", page.Body)
	}
	if page = o.post("users/"+ada.ID+"/delete/", url.Values{"confirmed": {"yes"}}); !strings.Contains(page.Body, "The user has been deleted") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if _, err := o.Store.User(context.Background(), ada.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the user: %v", err)
	}
	if c, err := o.Store.Client(context.Background(), client.ID); err != nil || c.OwnerID != "" {
		t.Errorf("the application: %+v, %v", c, err)
	}
}

func TestOnlyAdministratorIsNotDeleted(t *testing.T) {
	o := enter(t)
	root, err := o.Store.UserByName(context.Background(), "root")
	if err != nil {
		t.Fatal(err)
	}
	if page := o.open("users/" + root.ID + "/delete/"); !strings.Contains(page.Body, "only administrator") || !strings.Contains(page.Body, `<button class="danger primary" disabled>`) {
		t.Errorf("the page: %s", page.Body)
	}
	if page := o.post("users/"+root.ID+"/delete/", url.Values{"confirmed": {"yes"}}); page.StatusCode != 409 {
		t.Errorf("got %s", page.Status)
	}
	if _, err := o.Store.User(context.Background(), root.ID); err != nil {
		t.Error(err)
	}
}

func TestAdministratorCancelsTheDeletionOfAnAccount(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	if _, err := o.Accounts.RequestDeletion(context.Background(), ada, account.Visitor{}); err != nil {
		t.Fatal(err)
	}
	o.post("users/?q=ada", url.Values{"all": {"disable"}, "confirmed": {"yes"}}) // does not cancel it
	if page := o.open("users/"); !strings.Contains(page.Body, "will be deleted on") {
		t.Errorf("the list: %s", page.Body)
	}
	if page := o.open("users/" + ada.ID + "/"); !strings.Contains(page.Body, "has requested the deletion") || !strings.Contains(page.Body, "Keep account") {
		t.Fatalf("the page: %s", page.Body)
	}
	if page := o.post("users/"+ada.ID+"/keep/", nil); !strings.Contains(page.Body, "will not be deleted") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if u, err := o.Store.User(context.Background(), ada.ID); err != nil || u.Disabled || !u.DeleteAt.IsZero() {
		t.Errorf("the account is %+v, %v", u, err)
	}
	if page := o.post("users/"+ada.ID+"/keep/", nil); page.StatusCode != 409 {
		t.Errorf("a second time: %s", page.Status)
	}
}

func TestAdministratorDownloadsTheDataOfAUserWithoutSecrets(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	page := o.post("users/"+ada.ID+"/export/", nil)
	var data struct{ Username string }
	if err := json.Unmarshal([]byte(page.Body), &data); err != nil || data.Username != "ada" || !strings.Contains(page.Header.Get("Content-Disposition"), "attachment") || strings.Contains(page.Body, "argon2") {
		t.Errorf("got %s %v %s", page.Status, page.Header, page.Body)
	}
}
