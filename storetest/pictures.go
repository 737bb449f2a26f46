package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// testPictures: a picture is stored together with the claim that names it, and is found by its
// ID only while the claim does.
func testPictures(t *testing.T, h *house) {
	u := h.user(t, "ada")
	h.user(t, "eve")
	set := func(u *account.User, id string) error {
		u.Claims = nil
		var p *account.Picture
		if id != "" {
			u.Claims = json.RawMessage(`{"picture":"https://id.example/` + id + `/"}`)
			p = &account.Picture{ID: id, Image: []byte("\x00\xff of " + id), CreatedAt: h.now}
		}
		return h.SetPicture(ctx, u, "ada", p)
	}
	check := func(when, id string) {
		t.Helper()
		for _, other := range []string{"first", "second", ""} {
			p, err := h.Picture(ctx, other)
			if other != id || id == "" {
				if !errors.Is(err, account.ErrNotFound) || p.Image != nil {
					t.Errorf("%s: the picture %q: %+v, %v", when, other, p, err)
				}
				continue
			}
			if err != nil || p.ID != id || p.UserID != "id-ada" || !bytes.Equal(p.Image, []byte("\x00\xff of "+id)) || !p.CreatedAt.Equal(h.now) {
				t.Errorf("%s: the picture %q: %+v, %v", when, other, p, err)
			}
		}
		if p, err := h.PictureOf(ctx, "id-ada"); id != "" && (err != nil || p.ID != id) || id == "" && !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: the picture of the user: %+v, %v", when, p, err)
		}
		if _, err := h.PictureOf(ctx, "id-eve"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: the picture of another user: %v", when, err)
		}
	}
	check("before", "")
	stale := *u
	must(t, set(u, "first"))
	check("after the first one", "first")
	if err := set(&stale, "second"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("with an old version: %v", err)
	}
	check("after a conflict", "first")
	if now, err := h.User(ctx, u.ID); err != nil || now.Version != u.Version || string(now.Claims) != string(u.Claims) {
		t.Errorf("the user is %+v, want %+v: %v", now, u, err)
	}
	must(t, set(u, "second"))
	check("after the second one", "second")

	must(t, h.SwitchUser(ctx, account.Switch{UserID: u.ID, Disabled: true, At: h.now}))
	if _, err := h.Picture(ctx, "second"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("of a disabled user: %v", err)
	}
	must(t, h.SwitchUser(ctx, account.Switch{UserID: u.ID, At: h.now}))
	u, err := h.User(ctx, u.ID)
	must(t, err)
	check("after the user is enabled", "second")
	claims := u.Claims
	u.Claims = json.RawMessage(`{"picture":"https://elsewhere.example/","website":"https://id.example/second/"}`)
	must(t, h.UpdateUser(ctx, u, "ada", nil))
	if _, err := h.Picture(ctx, "second"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("that the claim does not name: %v", err)
	}
	u.Claims = claims
	must(t, h.UpdateUser(ctx, u, "ada", nil))
	check("after the claim names it again, because it was deleted", "")
	must(t, set(u, "third"))
	u.Name = "Ada"
	must(t, h.UpdateUser(ctx, u, "ada", nil))
	check("after another change", "third")
	must(t, set(u, ""))
	check("after the removal", "")
	if err := set(&account.User{ID: "none", Username: "none"}, "first"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("of an unknown user: %v", err)
	}
	check("after that", "")
}
