package admin_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestAdministratorRemovesAPicture: the page of the user shows the picture of this server, and
// nothing after the removal.
func TestAdministratorRemovesAPicture(t *testing.T) {
	o := enter(t)
	u := o.AddUser("ada", false)
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	if err := o.Accounts.SetPicture(t.Context(), u, account.Upload{File: file.Bytes(), Base: o.Issuer + "/picture/"}); err != nil {
		t.Fatal(err)
	}
	address := u.PictureClaim()
	page := o.open("users/" + u.ID + "/")
	if !strings.Contains(page.Body, `src="`+address+`"`) || o.Provider.Browser().Open(address).StatusCode != http.StatusOK {
		t.Fatalf("the page does not show %s: %s", address, page.Body)
	}
	page = o.post("users/"+u.ID+"/picture/", url.Values{})
	if page.StatusCode != http.StatusOK || strings.Contains(page.Body, address) && !strings.Contains(page.Body, "claims.picture") {
		t.Errorf("after the removal: %s %s", page.Status, page.Body)
	}
	if strings.Contains(o.open("users/"+u.ID+"/").Body, `src="`+address+`"`) || o.Provider.Browser().Open(address).StatusCode != http.StatusNotFound {
		t.Error("the picture is still shown")
	}
	if now, err := o.Store.User(t.Context(), u.ID); err != nil || now.PictureClaim() != "" {
		t.Errorf("the claims are %s: %v", now.Claims, err)
	}
}
