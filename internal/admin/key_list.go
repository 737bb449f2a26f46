package admin

import (
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type keyListPage struct {
	Keys       []keyRow // the keys, newest first
	Algorithms []string // the algorithms that a new key can have
}

// A keyRow is a key with its timeline.
type keyRow struct {
	oauth.SigningKey
	State oauth.KeyState // whether the key signs now
	Bars  []keyBar       // a timeline of when the key is published and when it signs
}

// A keyBar is a part of a timeline, in percent of its width.
type keyBar struct {
	Class       string  // the class of the element
	From, Width float64 // percentages of the width of the drawing
}

// keyWindow is the time before and after now that a timeline shows.
const keyWindow = 120 * 24 * time.Hour

// keyList shows the signing keys, newest first.
func (b *office) keyList(r *request) error {
	keys, err := b.Keys.SigningKeys(r.Context())
	if err != nil {
		return err
	}
	now := b.Clock()
	rows := make([]keyRow, 0, len(keys))
	for _, key := range slices.Backward(keys) {
		key.Private = nil // not for templates
		rows = append(rows, keyRow{key, key.State(now), keyBars(key, now)})
	}
	r.render(http.StatusOK, "key_list", ui.Text{"admin.title.keys"}, "keys", keyListPage{rows, oauth.SigningAlgorithms()})
	return nil
}

// keyBars returns the bars for the times when the key is published, and when it
// signs.
func keyBars(k oauth.SigningKey, now time.Time) []keyBar {
	begin, end := now.Add(-keyWindow), now.Add(keyWindow)
	place := func(t time.Time) float64 {
		if t.IsZero() || t.After(end) {
			t = end
		}
		return max(0, t.Sub(begin).Hours()/end.Sub(begin).Hours()*100)
	}
	bar := func(class string, from, to time.Time) keyBar {
		return keyBar{class, place(from), max(0, place(to)-place(from))}
	}
	retired := k.RetiredAt
	if retired.IsZero() {
		retired = k.ExpiresAt
	}
	return []keyBar{bar("published", k.CreatedAt, k.ExpiresAt), bar("signs", k.ActiveAt, retired)}
}

// keyRotate generates a key, which replaces the present one.
func (b *office) keyRotate(r *request) error {
	key, err := b.Keys.RotateKey(r.Context(), r.PostForm.Get("alg"), false)
	if err != nil {
		return err
	}
	r.target, r.details.Changes = key.ID, []oauth.Change{{Field: "alg", After: key.Alg}}
	return r.goTo("rotated", "keys")
}

// keyConfirmRetire shows what happens when a key is retired.
func (b *office) keyConfirmRetire(r *request) error {
	key, err := b.findKey(r)
	if err != nil {
		return err
	}
	key.Private = nil // not for templates
	r.render(http.StatusOK, "key_retire", ui.Text{"admin.title.retire_key"}, "keys", key)
	return nil
}

// keyRetire stops signing with a key.
func (b *office) keyRetire(r *request) error {
	if err := b.Keys.RetireKey(r.Context(), r.PathValue("id"), r.PostForm.Has("distrust")); err != nil {
		return err
	}
	return r.goTo("retired", "keys")
}

func (b *office) findKey(r *request) (oauth.SigningKey, error) {
	keys, err := b.Keys.SigningKeys(r.Context())
	if err != nil {
		return oauth.SigningKey{}, err
	}
	i := slices.IndexFunc(keys, func(k oauth.SigningKey) bool { return k.ID == r.PathValue("id") })
	if i < 0 {
		return oauth.SigningKey{}, errGone
	}
	return keys[i], nil
}
