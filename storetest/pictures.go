package storetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// testPictures: a person has one picture, which has an address of its own.
func testPictures(t *testing.T, h *house) {
	u := h.user(t, "ada")
	if err := h.SetPicture(ctx, account.Picture{UserID: "nobody", ID: "a", CreatedAt: h.now}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	for _, p := range []account.Picture{
		{UserID: u.ID, ID: "first", Type: "image/png", Data: []byte{0, 1, 255}, CreatedAt: h.now},
		{UserID: u.ID, ID: "second", Type: "image/jpeg", Data: []byte{2}, CreatedAt: h.now},
	} {
		must(t, h.SetPicture(ctx, p))
		byID, err := h.Picture(ctx, p.ID)
		must(t, err)
		of, err := h.PictureOf(ctx, u.ID)
		must(t, err)
		if byID.ID != p.ID || of.ID != p.ID || byID.UserID != u.ID || of.Type != p.Type || !bytes.Equal(byID.Data, p.Data) || !of.CreatedAt.Equal(p.CreatedAt) {
			t.Errorf("got %v and %v, want %v", byID, of, p)
		}
	}
	if _, err := h.Picture(ctx, "first"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the previous picture: %v", err)
	}
	must(t, h.RemovePicture(ctx, u.ID))
	must(t, h.RemovePicture(ctx, u.ID))
	if _, err := h.Picture(ctx, "second"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("after its removal: %v", err)
	}
}
