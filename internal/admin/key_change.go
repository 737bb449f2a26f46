package admin

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// keyRotate generates a key, which replaces the present one.
func (b *office) keyRotate(r *request) error {
	alg := r.PostForm.Get("alg")
	if !slices.Contains(oauth.SigningAlgorithms(), alg) {
		return ui.FormProblem(fmt.Errorf("the algorithm is %q", alg))
	}
	key, err := b.Keys.RotateKey(r.Context(), alg, false)
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
