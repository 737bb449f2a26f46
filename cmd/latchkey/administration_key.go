package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// keys manages the signing keys.
type keys interface {
	Keys(ctx context.Context) ([]keyOutput, error)
	// KeyAlgorithm returns the algorithm of the key that is replaced if the command line names none,
	// and the other algorithms that the applications use.
	KeyAlgorithm(ctx context.Context) (alg string, others []string, err error)
	RotateKey(ctx context.Context, alg string, now bool) (keyOutput, error)
	RetireKey(ctx context.Context, id string, distrust bool) error
}

// newKeyError explains an error of a command that adds a key.
func newKeyError(err error) error {
	if errors.Is(err, oauth.ErrConflict) {
		return errors.New("another new key is already published, but not active yet. List the keys: latchkey key list")
	}
	return err
}

func (d *inDatabase) Keys(ctx context.Context) ([]keyOutput, error) {
	server, err := d.openKeys(ctx, d.store)
	if err != nil {
		return nil, err
	}
	stored, err := server.SigningKeys(ctx)
	outputs := []keyOutput{}
	for _, k := range stored {
		outputs = append(outputs, newKeyOutput(server, k))
	}
	return outputs, err
}

func (d *inDatabase) KeyAlgorithm(ctx context.Context) (alg string, others []string, err error) {
	server, err := d.openKeys(ctx, d.store)
	if err != nil {
		return "", nil, err
	}
	stored, err := server.SigningKeys(ctx)
	if err != nil {
		return "", nil, err
	}
	used, err := algorithmsInUse(ctx, server, d.store)
	if err != nil {
		return "", nil, err
	}
	alg, others = chooseAlgorithm(stored, used, time.Now())
	return alg, others, nil
}

func (d *inDatabase) RotateKey(ctx context.Context, alg string, now bool) (keyOutput, error) {
	server, err := d.openKeys(ctx, d.store)
	if err != nil {
		return keyOutput{}, err
	}
	key, err := server.RotateKey(ctx, alg, now)
	if err != nil {
		return keyOutput{}, newKeyError(err)
	}
	d.changed(d.cmd, d.store, key.ID, nil)
	return newKeyOutput(server, key), nil
}

func (d *inDatabase) RetireKey(ctx context.Context, id string, distrust bool) error {
	server, err := d.openKeys(ctx, d.store)
	if err != nil {
		return err
	}
	if err := server.RetireKey(ctx, id, distrust); err != nil {
		return err
	}
	d.changed(d.cmd, d.store, id, nil)
	return nil
}

// keyRow is a signing key in a response.
type keyRow struct {
	keyOutput
	ID string `json:"id"`
}

func (r keyRow) output() keyOutput {
	r.keyOutput.ID = r.ID
	return r.keyOutput
}

func (a *atServer) Keys(ctx context.Context) ([]keyOutput, error) {
	var list struct{ Data []keyRow }
	err := a.api.get(ctx, "keys", &list)
	outputs := []keyOutput{}
	for _, r := range list.Data {
		outputs = append(outputs, r.output())
	}
	return outputs, err
}

// KeyAlgorithm returns an error if there are keys for several algorithms: the admin API does not report
// which of them the applications use.
func (a *atServer) KeyAlgorithm(ctx context.Context) (alg string, others []string, err error) {
	all, err := a.Keys(ctx)
	if err != nil {
		return "", nil, err
	}
	var stored []oauth.SigningKey
	used := make(map[string]bool)
	now := time.Now()
	for _, k := range all {
		stored = append(stored, oauth.SigningKey{ID: k.ID, Alg: k.Alg, CreatedAt: k.CreatedAt, ActiveAt: k.ActiveAt, RetiredAt: k.RetiredAt, ExpiresAt: k.ExpiresAt})
		used[k.Alg] = true
	}
	if alg, others = chooseAlgorithm(stored, used, now); len(others) > 0 {
		return "", nil, usageError{"--alg is required, because this server has keys for several algorithms: " + strings.Join(append([]string{alg}, others...), ", ")}
	}
	return alg, nil, nil
}

func (a *atServer) RotateKey(ctx context.Context, alg string, now bool) (keyOutput, error) {
	var added keyRow
	err := a.api.call(ctx, http.MethodPost, "keys", "", map[string]any{"alg": alg, "now": now}, &added)
	if isStatus(err, http.StatusConflict) {
		err = newKeyError(oauth.ErrConflict)
	}
	return added.output(), err
}

func (a *atServer) RetireKey(ctx context.Context, id string, distrust bool) error {
	return a.api.call(ctx, http.MethodPost, path("keys", id, "retire"), "", map[string]any{"distrust": distrust}, nil)
}
