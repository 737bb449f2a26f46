package main

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// registrations manages the initial access tokens, with which applications register themselves.
type registrations interface {
	// AddInitialAccess adds a token. A server generates the token itself: then output is set to it.
	AddInitialAccess(ctx context.Context, token oauth.InitialAccessToken, output *initialAccessOutput) error
	InitialAccess(ctx context.Context) ([]initialAccessOutput, error)
	// RevokeInitialAccess returns oauth.ErrNotFound if the token does not exist.
	RevokeInitialAccess(ctx context.Context, id oauth.ID) error
}

func (d *inDatabase) AddInitialAccess(ctx context.Context, token oauth.InitialAccessToken, _ *initialAccessOutput) error {
	if err := d.store.AddInitialAccessToken(ctx, token); err != nil {
		return err
	}
	d.changed(d.cmd, d.store, token.ID.String(), nil)
	if d.config.Registration == provider.RegistrationClosed {
		d.warn("applications cannot register themselves in the configuration of this command. If the server has the same configuration, it rejects this token. Start the server with --registration token, person or open.")
	}
	return nil
}

func (d *inDatabase) InitialAccess(ctx context.Context) ([]initialAccessOutput, error) {
	tokens, err := d.store.InitialAccessTokens(ctx)
	outputs := []initialAccessOutput{}
	for _, token := range tokens {
		outputs = append(outputs, newInitialAccessOutput(token, ""))
	}
	return outputs, err
}

func (d *inDatabase) RevokeInitialAccess(ctx context.Context, id oauth.ID) error {
	err := d.store.RevokeInitialAccessToken(ctx, id)
	if err == nil {
		d.changed(d.cmd, d.store, id.String(), nil)
	}
	return err
}

func (a *atServer) AddInitialAccess(ctx context.Context, token oauth.InitialAccessToken, output *initialAccessOutput) error {
	order := map[string]any{"name": token.Name, "uses": token.Uses, "ttl": int64(token.ExpiresAt.Sub(token.CreatedAt) / time.Second)}
	*output = initialAccessOutput{}
	return a.api.call(ctx, http.MethodPost, "initial-access-tokens", "", order, output)
}

func (a *atServer) InitialAccess(ctx context.Context) ([]initialAccessOutput, error) {
	list := struct{ Data []initialAccessOutput }{[]initialAccessOutput{}}
	err := a.api.get(ctx, "initial-access-tokens", &list)
	return list.Data, err
}

func (a *atServer) RevokeInitialAccess(ctx context.Context, id oauth.ID) error {
	err := a.api.call(ctx, http.MethodDelete, path("initial-access-tokens", id.String()), "", nil, nil)
	if isNotFound(err) {
		return oauth.ErrNotFound
	}
	return err
}
